"""Checks, again and again, that the canary's runs went through every link of the chain."""
