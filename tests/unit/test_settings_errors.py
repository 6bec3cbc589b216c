"""What a person reads who has made a mistake: key, value, bound and remedy, and all mistakes at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from components.settings import SettingsError, parse
from tests.unit.settings_mistakes import CASES

BASE = """
environment: dev
foundation: {kind: kubernetes}
tenants: [{team: data}]
"""


def _refused(text: str, *, base: str = BASE) -> SettingsError:
    values = {**yaml.safe_load(base), **yaml.safe_load(text)}
    with pytest.raises(SettingsError) as caught:
        parse(values)
    return caught.value


@pytest.mark.parametrize("page", ["history", "logs", "signals"])
def test_a_port_of_a_page_that_is_gone_leads_to_the_one_of_all_pages(page: str) -> None:
    message = str(_refused(f"foundation: {{kind: kubernetes, {page}NodePort: 30180}}"))
    assert "all pages have one address now, write foundation.login.nodePort" in message


def test_an_unknown_key_of_a_foundation_lists_the_keys_of_that_kind_alone() -> None:
    message = str(_refused("foundation: {kind: kubernetes, zzz: 1}"))
    assert "write one of " in message
    assert "objectStore" in message
    assert "accountId" not in message


@pytest.mark.parametrize("case", CASES)
def test_the_message_has_key_value_bound_and_remedy(case: str) -> None:
    text, key, remedy = CASES[case]
    error = _refused(text)
    message = str(error)
    assert key in message, "the key must be shown as it is written in the file, with its value"
    assert remedy in message, "the message must say the bound and what to do"
    assert len(error.problems) == 1, "one mistake is one error"


def test_a_key_with_nothing_behind_it_says_nothing() -> None:
    empty = "spark:\nobservability: {logs: , storage: }\nfoundation: {kind: kubernetes, context: }"
    assert parse({**yaml.safe_load(BASE), **yaml.safe_load(empty)}) == parse(yaml.safe_load(BASE))


def test_a_missing_key_is_named_with_what_it_is_for() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"foundation": {}, "tenants": [{}]})
    text = str(caught.value)
    assert "environment\n      is missing; add it: environment of this stack" in text
    assert "foundation.kind\n" in text
    assert "tenants[0].team\n" in text


def test_every_error_is_listed_at_once_also_those_between_keys() -> None:
    error = _refused(
        """
        environment: Dev
        operator: {chart: ./x, chartVersion: 2.5.2, imag: x}
        objectStorage: {buckets: {data: same, artifacts: same}}
        tenants:
        - {team: data, priority: top}
        - {team: science, quota: {cpu: 1}}
        - {team: science}
        """
    )
    found = [(problem.path[0], problem.path[-1]) for problem in error.problems]
    assert ("environment", "environment") in found
    assert ("operator", "imag") in found
    assert ("tenants", "priority") in found
    assert ("operator", "chartVersion") in found, (
        "a rule between keys must not wait for other keys to be mended"
    )
    assert ("objectStorage", "artifacts") in found
    paths = [problem.path for problem in error.problems]
    assert ("tenants", 1, "quota", "cpu") in paths, "positions are those in the file"
    assert "Pulumi" not in str(error).splitlines()[1]


def test_a_finding_that_rests_on_a_wrong_key_is_left_out() -> None:
    error = _refused("spark: {driver: {cores: many, cpuRequest: 2}}")
    assert [problem.path for problem in error.problems] == [("spark", "driver", "cores")], (
        "2 is more than 1 core, the default, can use; but the file doesn't say 1"
    )


def test_a_misspelt_key_is_not_held_against_the_keys_that_depend_on_it() -> None:
    error = _refused("spark: {driver: {core: 2, cpuRequest: 2}}")
    assert [problem.path for problem in error.problems] == [("spark", "driver", "core")]


def test_a_wrong_size_does_not_make_every_quota_look_wrong() -> None:
    error = _refused("spark: {executor: {memory: 1gb}}\ntenants: [{team: data, quota: {memory: 4Gi}}]")
    assert [problem.path for problem in error.problems] == [("spark", "executor", "memory")]


@pytest.mark.parametrize(
    "text",
    [
        "spark: {conf: {spark.hadoop.fs.s3a.secret.key: hunter2}}",
        "foundation: {kind: kubernetes, accessKey: hunter2}",
        "password: hunter2",
        "jobs: {repository: 'https://me:hunter2@git.example.com/a.git'}",  # pragma: allowlist secret
        "observability: {remoteWrite: {url: 'https://hunter2@a.example/push'}}",
    ],
)
def test_what_may_be_a_secret_is_not_repeated(text: str) -> None:
    assert "hunter2" not in str(_refused(text)), "an error message ends up in logs"


def test_a_long_value_is_shortened() -> None:
    assert len(str(_refused(f"environment: {'X' * 5000}"))) < 1000


@pytest.mark.parametrize("values", [None, [], "text", 5, b"bytes", {1, 2}])
def test_what_is_no_mapping_is_one_error(values: Any) -> None:
    with pytest.raises(SettingsError, match="must be a mapping"):
        parse(values)


@pytest.mark.parametrize("key", ["environment", "operator", "tenants"])
def test_a_number_too_large_to_print_is_an_error_like_any_other(key: str) -> None:
    with pytest.raises(SettingsError, match="a huge number"):
        parse({**yaml.safe_load(BASE), key: 10**5000})


def test_a_number_too_large_to_print_as_a_key_is_an_error_like_any_other() -> None:
    with pytest.raises(SettingsError, match="is not a key here"):
        parse({**yaml.safe_load(BASE), 10**5000: 1})


@pytest.mark.parametrize("sign", list(" \t{}?#@"))
def test_an_address_of_a_page_has_none_of_the_signs_that_a_path_behind_it_could_not_have(sign: str) -> None:
    message = str(_refused(f'observability: {{address: "https://a.example/{json.dumps(sign)[1:-1]}"}}'))
    assert "is no URL that paths can be put behind" in message


def test_an_address_of_a_page_needs_no_slash_at_its_end() -> None:
    given = yaml.safe_load("observability: {address: 'http://a.example:1/b//'}")
    assert parse({**yaml.safe_load(BASE), **given}).observability.address == "http://a.example:1/b"
