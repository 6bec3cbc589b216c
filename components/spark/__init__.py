"""What Spark itself is told: properties, sizes, pod templates. Pure."""
