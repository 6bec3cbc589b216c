"""One reader for each form in which people keep their EMR jobs."""
