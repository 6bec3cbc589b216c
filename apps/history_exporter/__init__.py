"""Reads finished runs from Spark's history server, and sums them up by job for Prometheus."""
