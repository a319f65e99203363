"""What a caller may not do, see or guess."""
