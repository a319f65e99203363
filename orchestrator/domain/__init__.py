"""The domain: what a company is, what may happen to it, and what follows.

Pure: standard library and pydantic only; no clock, no randomness, no I/O. `decide` turns a command into
events or a typed rejection, `evolve` folds an event into the state. Everything else in `orchestrator`
builds on this room; it builds on nothing.
"""
