"""Tests of the supply network: hand-made answers, brute force, invariants."""
