"""A stand-in for Pulumi's provider plugins: the real engine runs against it, and no account is reached."""
