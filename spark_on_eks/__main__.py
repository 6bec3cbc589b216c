"""`python -m spark_on_eks`: the command line of this very checkout, whichever is installed."""

from spark_on_eks.main import main

if __name__ == "__main__":
    main()
