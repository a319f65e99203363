"""The simulated company, against the bare domain: no server, no gRPC, no waiting."""
