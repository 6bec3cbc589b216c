"""Programs of ours for the cluster, one folder each: in images that `docker/` makes, or in ConfigMaps."""
