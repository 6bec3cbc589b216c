"""A small job on a schedule, and the checker that says whether it went through."""
