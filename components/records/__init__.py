"""What others have to know of a service, once: one file a service. Pure."""
