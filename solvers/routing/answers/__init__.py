"""Answers about a plan that do not change it: where would this fit, why not, what breaks, what changed.

Promises: every price, reason and remedy given was found by really trying it with the times of `timing` and the rules
of `check`. Pure. Called by planning, and by readers of plans.
"""
