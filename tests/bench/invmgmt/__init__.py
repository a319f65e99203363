"""gym-invmgmt 0.2.1 (MIT, PyPI) as the judge of the network look-ahead: its environment, scenarios and oracle."""
