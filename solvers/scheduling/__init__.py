"""Machine scheduling: which machine works on which task, and when.

Facts in (`problem`), schedule out (`plan`); `repair` answers in milliseconds, `solve` improves, `check`
has the last word, `explain` says why a job is late. Numbers only: no clock, no ray, no grpc.
"""
