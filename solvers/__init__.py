"""Solvers: numbers in, plans out; no clock, network, database or environment."""
