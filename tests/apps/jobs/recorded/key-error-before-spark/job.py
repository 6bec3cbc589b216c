"""Induces the failure that this folder records."""

import sys

SETTINGS = {"input": "orders"}


def output(settings: dict[str, str]) -> str:
    """Where the result goes."""
    return settings["output"]


print(f"run of {sys.argv[1]}")
print(output(SETTINGS))
