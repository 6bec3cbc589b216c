"""The checkout on this machine: where things lie, how a problem is told, and how files get into place."""
