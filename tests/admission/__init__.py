"""What is said at its creation to a job that could not run as it is written."""
