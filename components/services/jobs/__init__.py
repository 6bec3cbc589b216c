"""Jobs: the worker that makes their runs, and a repository for those who have none."""
