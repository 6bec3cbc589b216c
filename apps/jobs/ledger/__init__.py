"""The record of every run, in a bucket: claimed once, never overwritten, enough to rebuild an index from."""
