"""Makes runs of what Git, schedules, people and verdicts ask for, and follows every run to its end."""
