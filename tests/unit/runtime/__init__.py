"""The leaf modules of the runtime: clock, configuration, metrics, log lines."""
