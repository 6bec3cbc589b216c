"""Keeps what Alertmanager sends, and shows it: who was told of what, and when."""
