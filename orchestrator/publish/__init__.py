"""From the log to the agents, and back: instructions out, reports in.

May read the state between two folds and submit commands; changes nothing itself. Wired by `runtime.bootstrap`.
"""
