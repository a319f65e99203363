"""Replenishment: what to buy and make, how much, and when, item by item and site by site.

Stock figures in (`problem`), proposals with their numbers out (`plan`); `check` has the last word and
`explain` says each proposal in one sentence. Numbers only: no clock, no ray, no grpc, no ortools.
"""
