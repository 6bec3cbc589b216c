"""When a job is due: the intervals of its schedule, and which of them to run now. Pure."""
