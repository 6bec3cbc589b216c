"""docs/aws.md: what it tells people to type, open and set exists, and IAM takes its policies."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import Any

import parliament  # type: ignore[import-untyped]
import pytest

from components import versions
from tests.support.stacks import ROOT, STACKS

PAGE = ROOT / "docs" / "aws.md"
TEXT = PAGE.read_text()
POLICIES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


@pytest.mark.parametrize("number", range(len(POLICIES)))
def test_a_policy_on_the_page_is_one_that_iam_takes(number: int) -> None:
    document = POLICIES[number]
    # The linter knows no issuers of its own: whether it is trusted depends on the account.
    findings = [
        (each.issue, each.detail)
        for each in parliament.analyze_policy_string(json.dumps(document)).findings
        if "Principal" not in document["Statement"][0]
    ]
    assert findings == []


def test_the_role_of_an_environment_is_for_that_environment_alone() -> None:
    (trust,) = [each for each in POLICIES if "Principal" in each["Statement"][0]]
    asked = trust["Statement"][0]["Condition"]["StringEquals"]
    assert re.fullmatch(r"repo:[^*]+:environment:[^*]+", asked["token.actions.githubusercontent.com:sub"]), (
        "with a wildcard, every branch of the repository would get the role"
    )


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).exists(), f"{target} is not there"


def test_every_file_that_is_named_is_there() -> None:
    for name in re.findall(r"`((?:components|policy|tests|jobs|costs)/[\w./-]+)`", TEXT):
        assert (ROOT / name).exists(), f"{name} is not there"


def test_every_make_target_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ +)make ([a-z-]+)", TEXT, re.MULTILINE))
    assert named - targets == set()


def test_every_module_that_is_run_is_there() -> None:
    for module in re.findall(r"python -m ([\w.]+)", TEXT):
        assert importlib.util.find_spec(module), f"{module} is not there"


def _keys(schema: Any) -> set[str]:
    """Names of all settings."""
    if isinstance(schema, dict):
        own = set(schema.get("properties", {}))
        return own.union(*(_keys(each) for each in schema.values()))
    return set().union(*(_keys(each) for each in schema)) if isinstance(schema, list) else set()


def test_every_setting_that_is_named_exists() -> None:
    known = _keys(json.loads((ROOT / "schemas" / "settings.schema.json").read_text()))
    sections = r"foundation|network|cluster|nodes|storage|registry|objectStorage|operator|tenants"
    for path in re.findall(rf"`((?:{sections})(?:\[\])?(?:\.\w+(?:\[\])?)+)(?:: \w+)?`", TEXT):
        for key in path.replace("[]", "").split("."):
            assert key in known, f"{path} is no setting"


def test_the_version_of_pulumi_is_the_pinned_one() -> None:
    assert f"Pulumi {versions.PULUMI}" in TEXT


def test_the_environments_are_those_of_the_workflows() -> None:
    workflows = "".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yaml"))
    for name in ("preview-", "drift-"):
        assert f"environment: {name}${{{{ matrix.stack }}}}" in workflows
        assert f"`{name}<stack>`" in TEXT
    for variable in set(re.findall(r"vars\.(\w+)", workflows)):
        assert f"`{variable}`" in TEXT, f"nobody would know to set {variable}"
    assert {"dev", "staging", "prod"} <= set(STACKS)
