"""Makes the databases and roles of services on a server of RDS."""
