"""The mathematics of stock: demand over an interval, reorder points, order quantities, newsvendor.

Floats live here and nowhere else in replenishment: whole numbers go in and come out of `planner`.
"""
