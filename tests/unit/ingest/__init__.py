"""The door, piece by piece."""
