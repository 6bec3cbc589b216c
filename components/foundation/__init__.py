"""Where the platform stands: each foundation gives the same typed outputs to everything above it."""
