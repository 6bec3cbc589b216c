"""What drivers and executors print: collected, kept, shown, and deleted in time."""
