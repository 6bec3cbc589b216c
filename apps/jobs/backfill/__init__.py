"""Runs for intervals of the past: planned and shown first, then started a few at once, stopped, resumed."""
