"""Generated: the stubs of `muster.common.v1`."""
