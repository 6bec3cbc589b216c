"""What an Iceberg table has of each interval, by its metadata and manifests as its engines read them."""
