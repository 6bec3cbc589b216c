"""Everything that a person reads whose stack file is refused: whole texts, as files to review."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components.settings import SettingsError, parse
from tests.support.golden import Golden
from tests.support.stacks import stack_settings
from tests.unit.settings_mistakes import CASES
from tests.unit.test_settings_alerts import CASES as ALERT_CASES
from tests.unit.test_settings_alerts import values as with_alerts

SMALLEST: Final = {"environment": "dev", "foundation": {"kind": "kubernetes"}, "tenants": [{"team": "data"}]}

MISTAKES: Final = yaml.safe_load((Path(__file__).resolve().parents[1] / "data" / "mistakes.yaml").read_text())
"""Stack files with many mistakes each -> what is written over one that is fit for use."""


def refusal(values: object) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(values, source="Pulumi.test.yaml")
    return str(caught.value)


def over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A stack file with keys written over it; None takes one away."""
    merged = dict(base)
    for key, value in changes.items():
        below = merged.get(key)
        merged[key] = over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return {key: value for key, value in merged.items() if value is not None}


def page(refusals: dict[str, str]) -> str:
    return "".join(f"# {what}\n{text}\n\n" for what, text in refusals.items())


def test_what_is_said_of_many_mistakes_changes_only_by_review(golden: Golden) -> None:
    said = {}
    for what, changes in MISTAKES.items():
        stack = changes.pop("base", None)
        said[what] = refusal(over(stack_settings(stack) if stack else SMALLEST, changes))
    golden("messages/stack-files.txt", page(said))


def test_what_is_said_of_one_mistake_changes_only_by_review(golden: Golden) -> None:
    said = {what: refusal({**SMALLEST, **yaml.safe_load(text)}) for what, (text, *_) in CASES.items()}
    said |= {what: refusal(with_alerts(text)) for what, (text, _) in ALERT_CASES.items()}
    golden("messages/single-mistakes.txt", page(said))
