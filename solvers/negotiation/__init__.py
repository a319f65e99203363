"""Winner determination: which bids on bundles of lots are taken. Numbers in, a choice out."""
