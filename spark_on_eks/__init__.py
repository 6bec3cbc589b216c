"""The command line: `spark-on-eks`. It decides nothing; each command calls a package."""
