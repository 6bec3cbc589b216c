"""The history server: the web UI of finished and running jobs."""
