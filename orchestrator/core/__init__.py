"""The core: one writer that decides commands, makes their events durable and answers.

Knows no database, no network and no planner; it is handed a domain, a store and a clock. Called by
`orchestrator.ingest` and `orchestrator.planning`, wired by `orchestrator.runtime.bootstrap`.
"""
