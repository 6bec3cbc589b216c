"""From settings to components: one module a service, the only floor that sees the settings."""
