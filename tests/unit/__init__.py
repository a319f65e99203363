"""Behaviour of one room at a time, through its public names. The folders mirror the source."""
