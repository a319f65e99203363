"""The dashboard: a page for people who run the day, fed by the operator port alone.

A process of its own (`python -m orchestrator.web`); it holds no truth, and a restart loses nothing.
"""
