"""Quantities are read as Kubernetes reads them, whatever their suffix."""

from __future__ import annotations

import pytest

from apps.job_pods.quantities import amount


@pytest.mark.parametrize(
    ("quantity", "much"),
    [
        ("2", 2),
        ("+0.5", 0.5),
        (".5", 0.5),
        ("2.", 2),
        ("250m", 0.25),
        ("1500000u", 1.5),
        ("1000000000n", 1),
        ("0.002k", 2),
        ("3M", 3e6),
        ("1E", 1e18),
        ("1E3", 1000),
        ("15e-1", 1.5),
        ("1Ki", 1024),
        ("1.5Gi", 1.5 * 1024**3),
        ("1Ei", 1024**6),
    ],
)
def test_a_quantity_is_as_much_as_its_suffix_says(quantity: str, much: float) -> None:
    assert amount(quantity) == pytest.approx(much)


@pytest.mark.parametrize("text", ["", "half", "1 k", "1K", "m", "1mi", "1.2.3", "1\n"])
def test_what_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"quantity|float"):
        amount(text)
