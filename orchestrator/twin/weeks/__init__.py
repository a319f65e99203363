"""`muster twin run`: weeks of a simulated company on a real server, once with fixed reorder points, once learning.

Here nobody drives: demand is asked for over the counter, lines make what is released, suppliers deliver by laws that
only the twin knows. The twin counts by its own books.
"""
