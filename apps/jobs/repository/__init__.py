"""A Git repository in the cluster, for those who have none yet: people push to it, the worker follows it."""
