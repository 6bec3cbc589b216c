"""Keeps what Alertmanager sends, and shows it: what, to whom, and when."""
