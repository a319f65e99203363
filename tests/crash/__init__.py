"""Kill the core, again and again, under load: what was acknowledged must be there, once."""
