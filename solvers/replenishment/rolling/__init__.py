"""Item-sites that share a limit, decided together: a mixed-integer program over a rolling horizon and random futures.

Solver processes only: it imports OR-Tools (MathOpt with HiGHS), lazily. The core never imports this package.
"""
