"""Benchmarks: figures beside those of a baseline run on the same machine at the same time.

A benchmark is a module here with `main() -> list[Row]`; its name is the module's, without a leading `bench_`.
`make bench` runs all, `make bench-NAME` one.
"""
