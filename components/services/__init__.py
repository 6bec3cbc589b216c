"""What runs beside the jobs; one folder a service, and none knows another."""
