"""Faults that a review found, each put back to see that a test fails: the table of docs/aws.md."""
