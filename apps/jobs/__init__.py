"""Jobs: what Git defines is run once, recorded, judged, and shown."""
