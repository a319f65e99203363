"""Reading a company: every rule named, nothing half-loaded."""
