"""The weeks' parts, each on its own: no server, no waiting."""
