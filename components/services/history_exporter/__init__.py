"""What the history server knows of finished runs, as metrics."""
