"""`spark-jobs`: the pages' answers on the command line; it knows their addresses and nothing else."""
