"""When machines will fail, and when to stop them before that: lives in, risk and age out.

Lives are counted in hours of running. A life that ended before its failure, by planned maintenance or because it still
goes on, is censored: it says that the machine lasted at least so long.
"""
