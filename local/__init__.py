"""The platform on one machine: the embedded cluster, and what stands in for it where a cluster is named."""
