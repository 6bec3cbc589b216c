"""Programs of ours that run in the cluster, one folder each; `docker/` makes their images."""
