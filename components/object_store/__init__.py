"""The S3 server in the cluster, where there is no cloud to keep buckets."""
