"""A stack on AWS whose pages are opened behind a login."""

from __future__ import annotations

from functools import cache
from typing import Any

from components.settings import CLIENT_SECRET
from tests.support.recorder import World
from tests.support.stacks import build_stack, stack_settings

SECRET = "known-to-the-provider-alone"


def with_login(stack: str = "prod", **changes: Any) -> dict[str, Any]:
    """Settings of a stack with a login; keys given replace those here, and None takes them away."""
    values = stack_settings(stack)
    foundation = values["foundation"]
    here = f"{foundation['region']}:{foundation['accountId']}"
    login = {
        "host": "spark.example.com",
        "certificate": f"arn:aws:acm:{here}:certificate/11111111-2222-3333-4444-555555555555",
        "hostedZone": "Z0123456789ABC",
        "internet": True,
        # One is there twice, as lists that people merge have it.
        "reachedFrom": ["203.0.113.0/24", "198.51.100.0/24", "203.0.113.0/24"],
        "provider": {
            "issuer": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example",
            "clientId": "spark-pages",
            "groupsClaim": "cognito:groups",
            "seesAll": ["platform"],
        },
        **changes,
    }
    foundation["login"] = {key: value for key, value in login.items() if value is not None}
    return values


@cache
def world_with_login() -> World:
    """Prod with a login; built once for all tests that only look."""
    return build_stack("prod", with_login(), secrets={CLIENT_SECRET: SECRET})
