"""Vehicle routing: problem and plan, timing, checker, search, engines, explanations.

Numbers in, plans out: nothing here knows of Ray, gRPC, a database or the company's clock. Only `engines` imports
OR-Tools and PyVRP, lazily, and only in solver processes.
"""
