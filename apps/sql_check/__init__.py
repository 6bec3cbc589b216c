"""Asks an interval's data whether conditions in SQL hold for every row; it runs in a tenant's driver."""
