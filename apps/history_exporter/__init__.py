"""Reads finished runs from Spark's history server, and sums them up by application name for Prometheus."""
