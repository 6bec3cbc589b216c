"""Who is told of alerts: Alertmanager, and the page of what it has sent."""
