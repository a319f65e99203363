"""Lots on one line: what to make when, with changeovers, setup times and a capacity."""
