"""Planning: one plan for stock, machines and trucks, kept right while events arrive.

Reads the state between two folds, computes a change of the plan for what an event touched, and publishes it as a
command like any other. Nothing here reads a clock, a database or the environment; solver processes are reached
through `ports.Solvers`. Never imports ray or ortools.
"""
