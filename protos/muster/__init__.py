"""Generated: the stubs of `muster`."""
