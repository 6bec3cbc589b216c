"""Tests of the programs that run in the cluster, each under its program's name."""
