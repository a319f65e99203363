"""Generated: the stubs of `muster.operator.v1`."""
