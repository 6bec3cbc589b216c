"""`python -m local`: the whole command line, by its name of before."""

import runpy

if __name__ == "__main__":
    runpy.run_module("spark_on_eks", run_name="__main__")
