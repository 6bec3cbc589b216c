"""The acceptance checks of the jobs: `checks` says which test answers which."""
