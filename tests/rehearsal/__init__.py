"""Whole stacks, previewed, applied, changed and destroyed by the real engine against the stand-in."""
