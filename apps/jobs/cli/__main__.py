"""`python -m apps.jobs.cli`: the command `spark-jobs`, where it is not installed."""

from .main import main

if __name__ == "__main__":
    main()
