"""The core loop, on a toy domain and on Muster's own."""
