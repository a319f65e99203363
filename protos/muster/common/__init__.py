"""Generated: the stubs of `muster.common`."""
