"""Values of what a program of Python says in its text: it is parsed, and never run."""
