"""The images, run without a cluster: the same root file system, user and limits that a restricted pod has."""
