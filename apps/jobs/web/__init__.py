"""The pages of all runs: they read index, ledger and cluster, and act as whoever looks at them."""
