"""One item in a supply network: orders by look-ahead over demand scenarios, learned or known.

`problem` describes the network, `learn` turns observed demand into scenarios, `lookahead` decides, `physics` says
what really happens, `io` reads and answers files.
"""
