"""Generated: the stubs of `muster.partner`."""
