"""Jobs: definitions, schedules, records and verdicts."""
