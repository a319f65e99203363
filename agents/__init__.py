"""Agents: pure machines that stand for vehicles, warehouses, production lines and suppliers."""
