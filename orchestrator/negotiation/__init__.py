"""The desk of the contract net: drives negotiations that stand in the log. Above planning, below the ports."""
