"""Generated: the stubs of `muster.partner.v1`."""
