"""The twin: a simulated company that carries out the plan and reports, over gRPC only.

Vehicles drive, machines run, suppliers deliver, partners order and cancel, things go wrong by a seeded script. The
server cannot tell it from a real company. `demo` runs a whole day of it and says what happened.
"""
