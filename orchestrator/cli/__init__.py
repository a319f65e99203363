"""The `muster` command: a gRPC client for people and scripts. It never opens the database or a solver itself."""
