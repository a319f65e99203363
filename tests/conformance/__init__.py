"""One behaviour for every log store."""
