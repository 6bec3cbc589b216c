"""The tenants: a namespace per team and environment, with its walls."""
