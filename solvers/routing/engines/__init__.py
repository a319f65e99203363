"""Engines of others as guests: OR-Tools routing, PyVRP, CP-SAT.

Promises: each says which problems it supports, takes a warm start, keeps to the budget as well as it can, and gives
back bare sequences of plain ids; what it claims about cost is not believed. They run in solver processes only
(OR-Tools routing holds the interpreter's lock for the whole solve) and are imported lazily. Called by `solve`.
"""
