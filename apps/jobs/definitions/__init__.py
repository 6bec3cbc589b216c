"""Definitions of jobs in a folder: read, checked as a whole, each error with its file and line."""
