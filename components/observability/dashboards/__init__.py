"""Dashboards as code: one module a dashboard, `panels` for what they have in common, JSON in `generated/`."""
