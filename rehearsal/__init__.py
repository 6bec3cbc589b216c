"""Stacks under the real Pulumi engine, with stand-ins in the place of providers: no account is reached."""
