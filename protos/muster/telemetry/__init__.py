"""Generated: the stubs of `muster.telemetry`."""
