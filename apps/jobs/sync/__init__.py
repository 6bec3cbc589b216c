"""Follows a Git repository of definitions: the last good one of each job goes on."""
