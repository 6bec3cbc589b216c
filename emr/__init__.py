"""From EMR to this platform: what moves, what changes and what is lost. Offline; nothing read is run."""
