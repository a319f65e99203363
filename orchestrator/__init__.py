"""Muster's service: ingest → log → core → planning → publish, wired in `orchestrator.runtime`."""
