"""The log: append-only, hash-chained records of bytes, in memory, SQLite or PostgreSQL.

Knows nothing of the domain. Called by `orchestrator.core` (the only writer) and by the audit tools.
"""
