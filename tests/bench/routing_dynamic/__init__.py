"""Routing while it is driven: a small world of moving vehicles, and what reacts to its events."""
