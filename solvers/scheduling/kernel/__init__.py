"""The compiled search of the scheduling core: arrays, exact timing of a sequence, annealing, tabu search.

Everything here works on numbers; `search` turns a schedule into numbers and back. Compiled once by numba, cached.
"""
