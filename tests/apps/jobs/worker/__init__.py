"""The worker between a real object store and a real API server."""
