"""Everything that a person reads whose stack file is refused: whole texts, as files to review."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
import yaml

from components.settings import SettingsError, load, parse
from components.settings.problems import show_path, show_value
from tests.support.golden import Golden
from tests.support.pages_on_aws import with_login
from tests.support.recorder import build
from tests.support.stacks import over, stack_settings
from tests.unit.settings_mistakes import CASES
from tests.unit.test_settings_alerts import CASES as ALERT_CASES
from tests.unit.test_settings_alerts import values as with_alerts

SMALLEST: Final = {"environment": "dev", "foundation": {"kind": "kubernetes"}, "tenants": [{"team": "data"}]}

MISTAKES: Final = yaml.safe_load((Path(__file__).resolve().parents[1] / "data" / "mistakes.yaml").read_text())
"""Stack files with many mistakes each -> what is written over one that is fit for use."""


def refused(values: object) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse(values, source="Pulumi.test.yaml")
    return caught.value


def refusal(values: object) -> str:
    return str(refused(values))


def mistaken() -> dict[str, object]:
    """Stack files with many mistakes each, by what is wrong with them."""
    return {
        what: over(
            stack_settings(changes["base"]) if "base" in changes else SMALLEST,
            {key: value for key, value in changes.items() if key != "base"},
        )
        for what, changes in MISTAKES.items()
    }


def page(refusals: dict[str, str]) -> str:
    return "".join(f"# {what}\n{text}\n\n" for what, text in refusals.items())


def test_what_is_said_of_many_mistakes_changes_only_by_review(golden: Golden) -> None:
    said = {what: refusal(values) for what, values in mistaken().items()}
    golden("messages/stack-files.txt", page(said))


def test_which_keys_a_finding_rests_on_changes_only_by_review(golden: Golden) -> None:
    """While one of them is wrong itself, nothing is said of the finding."""
    files = [*mistaken().values(), *(with_alerts(text) for text, _ in ALERT_CASES.values())]
    files += [{**SMALLEST, **yaml.safe_load(text)} for text, *_ in CASES.values()]
    lines = [
        f"{show_path(problem.path)}: {', '.join(map(show_path, problem.read))}\n"
        for values in files
        for problem in refused(values).problems
        if problem.read
    ]
    golden("messages/rests-on.txt", "".join(dict.fromkeys(lines)))


def test_what_is_said_of_one_mistake_changes_only_by_review(golden: Golden) -> None:
    said = {what: refusal({**SMALLEST, **yaml.safe_load(text)}) for what, (text, *_) in CASES.items()}
    said |= {what: refusal(with_alerts(text)) for what, (text, _) in ALERT_CASES.items()}
    golden("messages/single-mistakes.txt", page(said))


def test_what_is_said_of_many_of_one_kind_changes_only_by_review(golden: Golden) -> None:
    prod = stack_settings("prod")
    buckets = [{"name": f"acme-orders-{number}-{'x' * 40}"} for number in range(45)]
    said: dict[str, object] = {
        "more rights than a role takes": {
            **prod,
            "tenants": [
                {**prod["tenants"][0], "access": {"buckets": buckets, "glue": [{"name": "sales"}]}},
                prod["tenants"][1],
            ],
        },
        "more foreign buckets than a list holds": over(
            prod, {"foundation": {"network": {"foreignBuckets": [each["name"] for each in buckets] * 2}}}
        ),
        "more foreign buckets than the way to S3 names": {
            **prod,
            "tenants": [
                *prod["tenants"],
                *(
                    {
                        "team": f"team{team}",
                        "access": {
                            "buckets": [
                                {"name": f"{b['name']}{team}", "prefixes": ["a"]} for b in buckets[:15]
                            ]
                        },
                    }
                    for team in range(15)
                ),
            ],
        },
        "a receiver that is none": with_alerts("default: somebody"),
        "no mapping": [],
        "nothing": None,
    }
    golden("messages/many.txt", page({what: refusal(values) for what, values in said.items()}))


def test_what_is_said_of_keys_beside_the_settings_changes_only_by_review(golden: Golden) -> None:
    receivers = "receivers: [{name: hook, kind: webhook}]\ndefault: hook"
    cases: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
        "a secret that is missing": ({"settings": with_alerts(receivers)}, ()),
        "a secret in clear": ({"settings": with_alerts(receivers), "alertSecret-hook": "a"}, ()),
        "a secret of nobody's": (
            {"settings": SMALLEST, "alertSecret-chat": "a", "loginClientSecret": "b"},
            ("alertSecret-chat", "loginClientSecret"),
        ),
        "a login without its secret": ({"settings": with_login()}, ()),
        "a key that nothing reads, beside a mistake": (
            {"settings": {**SMALLEST, "environment": "Dev"}, "region": "eu-central-1"},
            (),
        ),
        "no settings": ({}, ()),
        "text for settings": ({"settings": "[1"}, ()),
    }
    said: dict[str, str] = {}
    for what, (config, secrets) in cases.items():
        with pytest.raises(SettingsError) as caught:
            build(lambda: load(pulumi.Config()), stack="local", config=config, secrets=secrets)
        said[what] = str(caught.value)
    golden("messages/beside-the-settings.txt", page(said))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a" * 60, f'"{"a" * 60}"'),
        ("a" * 61, f'"{"a" * 60}..."'),
        ('"é\n', '"\\"é\\n"'),
        ("\ud800", '"\\ud800"'),
        ("https://me:it@a/b@c", '"https://...@a/b@c"'),  # pragma: allowlist secret
        (None, "null"),
        (True, "true"),
        (2**239 - 1, str(2**239 - 1)),
        (2**239, "a huge number"),
        (-5, "-5"),
        (1.5, "1.5"),
        ([1, 2], "a list of 2"),
        ((), "a list of 0"),
        ({"a": 1}, "a mapping of 1 keys"),
        (b"", "a bytes"),
    ],
    ids=lambda value: str(value)[:10].encode(errors="replace").decode(),
)
def test_a_value_is_shown_as_yaml_has_it_and_shortened(value: object, shown: str) -> None:
    assert show_value(value) == shown
