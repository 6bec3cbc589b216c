"""Induces the failure that this folder records."""

import holidays_of_the_world

print(holidays_of_the_world.__name__)
