"""Generated: the stubs of `muster.operator`."""
