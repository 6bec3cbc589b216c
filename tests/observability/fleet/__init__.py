"""Load: as many jobs as the platform promises, on one machine."""
