"""The edge to the machine: time, configuration, metrics, processes and the one place that wires them.

Promises that everything not repeatable (clock, environment, ids, sockets) enters the program here. The leaf
modules `clock`, `config`, `metrics` and `logging` import nothing of ours and may be used by every room of the
orchestrator; `bootstrap` and the processes import everything and are imported by nobody but the CLI.
"""
