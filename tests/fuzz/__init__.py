"""Every method of both ports under every kind of call that nobody should make."""
