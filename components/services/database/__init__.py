"""The PostgreSQL server of the platform's own services, in the cluster."""
