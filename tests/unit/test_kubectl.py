"""What kubectl is handed on its standard input."""

from __future__ import annotations

import json

import pytest

from local.cluster.node import bootstrap_objects
from toolchain.kubectl import as_list


@pytest.mark.parametrize("token", ["096800", "12e456", "000001"])
def test_a_token_that_looks_like_a_number_stays_text(token: str) -> None:
    objects = json.loads(as_list(bootstrap_objects(token, "0" * 16)))["items"]

    (secret,) = [each for each in objects if each["kind"] == "Secret"]
    assert secret["stringData"]["token-id"] == token
