"""Generated: the stubs of `muster.telemetry.v1`."""
