"""The synthetic half of InventoryBench, played again after its published rules (see `game` for what was read where)."""
