"""Every rule of the routing problem: simulation of routes, and the search on it."""
