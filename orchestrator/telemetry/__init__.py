"""Telemetry past the core: the port that each host of agents opens, and the client that sends to it.

A leaf: it knows the contract, gRPC and the agents' vocabulary, and no other room of the orchestrator. The ports are
opened in the host processes by `orchestrator.runtime.bridge_worker` and `bridge_ray`; the sender is a client like any.
"""
