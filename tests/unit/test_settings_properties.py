"""Generated stack files: whatever stands in one, people get settings or one clear error, nothing else."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import event, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pulumi.runtime import set_all_config

from components.settings import SettingsError, load, parse
from components.settings.problems import Path, show_path
from tests.support.malformed import JUNK, NEAR_MISSES, Contradiction, RightFile, put

TENANTS: list[dict[str, Any]] = [
    {"team": "data", "groups": ["people"]},
    {"team": "science", "environment": "test"},
]


def _right(**values: Any) -> dict[str, Any]:
    """A right file in which every key is written."""
    made = parse(
        {
            "environment": "dev",
            "operator": {"chart": "./chart"},
            "spark": {"conf": {"spark.sql.ansi.enabled": "false"}},
            "tenants": TENANTS,
            **values,
        }
    )
    # As a file is read: with its own spelling, and without what says that it was not written.
    return made.model_dump(mode="json", by_alias=True)


REQUIRED: tuple[Path, ...] = (
    ("environment",),
    ("foundation",),
    ("foundation", "kind"),
    ("tenants",),
    ("tenants", 0, "team"),
    ("tenants", 1, "team"),
)


def _everywhere(draw: st.DrawFn) -> list[Contradiction]:
    """What contradicts itself on every foundation."""
    number = draw(st.integers(0, 1))
    here: Path = ("tenants", number)
    team = str(TENANTS[number]["team"])
    return [
        ((*here, "quota", "cpu"), f"{draw(st.integers(1, 4999))}m", (*here, "quota", "cpu")),
        ((*here, "quota", "memory"), f"{draw(st.integers(1, 12_286))}Mi", (*here, "quota", "memory")),
        ((*here, "quota", "pvcs"), draw(st.integers(1, 9)), (*here, "quota", "storage")),
        ((*here, "limits", "maxCpu"), f"{draw(st.integers(250, 3999))}m", (*here, "limits", "maxCpu")),
        ((*here, "environment"), "e" * draw(st.integers(63 - len(team), 63)), (*here, "team")),
        (("operator", "repository"), "https://charts.example", ("operator", "repository")),
        (("spark", "version"), f"3.5.{draw(st.integers(10, 99))}", ("spark", "version")),
        (("spark", "driver", "cpuRequest"), draw(st.integers(2, 9)), ("spark", "driver", "cpuRequest")),
    ]


def _in_any_cluster(draw: st.DrawFn) -> Contradiction:
    same_bucket: Contradiction = (
        ("objectStorage", "buckets", "artifacts"),
        "data",
        ("objectStorage", "buckets", "artifacts"),
    )
    return draw(st.sampled_from([*_everywhere(draw), same_bucket]))


ROLE = "arn:aws:iam::111122223333:role"
F: Path = ("foundation",)
BUCKETS = {name: f"acme-dev-{name}" for name in ("data", "events", "artifacts")}
AWS: dict[str, Any] = {
    "kind": "aws",
    "name": "spark-dev",
    "accountId": "111122223333",
    "region": "eu-central-1",
    "profile": "dev",
    "deployRole": f"{ROLE}/Deploy",
    "permissionsBoundary": "arn:aws:iam::111122223333:policy/Boundary",
    "tags": {"CostCentre": "7"},
    "cluster": {
        "publicAccess": ["203.0.113.0/24"],
        "access": [
            {"name": "people", "principal": f"{ROLE}/People", "groups": ["people"]},
            {"name": "on-call", "principal": f"{ROLE}/OnCall", "level": "admin"},
        ],
    },
    "nodes": {
        "pools": {
            "driver": {"cpu": 64},
            "executor": {"cpu": 512},
            "memory": {"cpu": 64},
            "nvme": {"cpu": 64},
        }
    },
    "storage": {"copyRegion": "eu-west-1"},
}
REQUIRED_ON_AWS: tuple[Path, ...] = (
    *REQUIRED,
    (*F, "name"),
    (*F, "accountId"),
    (*F, "region"),
    (*F, "network"),
    (*F, "nodes"),
    (*F, "nodes", "pools"),
    (*F, "nodes", "pools", "driver"),
    (*F, "nodes", "pools", "executor", "cpu"),
    (*F, "cluster", "access", 0, "principal"),
)


def _on_aws(draw: st.DrawFn) -> list[Contradiction]:
    copy, access = (*F, "storage", "copyRegion"), (*F, "cluster", "access")
    data: Path = ("objectStorage", "buckets", "data")
    region: Path = ("objectStorage", "region")
    types: Path = (*F, "nodes", "system", "instanceTypes")
    return [
        *_everywhere(draw),
        (region, draw(st.sampled_from(["us-east-1", "eu-west-1"])), region),
        (data, "data", data),
        (data, "d" * draw(st.integers(54, 63)), data),
        (copy, draw(st.sampled_from(["eu-central-1", "us-gov-west-1"])), copy),
        ((*access, 1, "name"), "people", (*access, 1, "name")),
        ((*access, 1, "principal"), f"{ROLE}/People", (*access, 1, "principal")),
        ((*access, 1, "principal"), f"{ROLE}/Deploy", (*access, 1, "principal")),
        ((*access, 1, "level"), "none", (*access, 1)),
        (types, ["m7g.large", "m7i.large"], types),
    ]


def _in_a_network_of_its_own(draw: st.DrawFn) -> Contradiction:
    network: Path = (*F, "network")
    pods: Path = (*network, "podCidr")
    own: list[Contradiction] = [
        ((*network, "zones", 1), "eu-west-1b", (*network, "zones", 1)),
        ((*network, "zones", 1), "eu-central-1a", (*network, "zones")),
        ((*network, "zones"), ["eu-central-1a"], (*network, "zones")),
        ((*network, "cidr"), f"10.0.0.0/{draw(st.sampled_from([8, 12, 15, 23, 28]))}", (*network, "cidr")),
        (pods, f"100.64.0.0/{draw(st.integers(18, 20))}", pods),
        (pods, "10.64.0.0/14", pods),
        ((*network, "serviceCidr"), "100.64.0.0/16", pods),
        ((*F, "nodes", "pools", "executor", "cpu"), draw(st.integers(90_000, 100_000)), pods),
    ]
    return draw(st.sampled_from([*_on_aws(draw), *own]))


def _in_an_adopted_network(draw: st.DrawFn) -> Contradiction:
    network: Path = (*F, "network")
    zone: Path = (*network, "adopt", "zones", 1)
    own: list[Contradiction] = [
        ((*zone, "podCidr"), f"10.2.0.0/{draw(st.integers(24, 28))}", (*zone, "podCidr")),
        ((*network, "serviceCidr"), "10.1.0.0/16", (*network, "adopt", "zones", 0, "podCidr")),
        *(
            ((*network, key), value, (*network, key))
            for key, value in (("nat", "single"), ("cidr", "10.0.0.0/16"), ("flowLogs", "none"))
        ),
    ]
    return draw(st.sampled_from([*_on_aws(draw), *own]))


def _file(required: tuple[Path, ...], contradictions: Any, **values: Any) -> RightFile:
    free: tuple[Path, ...] = (("spark", "conf"), (*F, "tags"))
    return RightFile(values=_right(**values), free=free, required=required, contradictions=contradictions)


def _aws_file(network: dict[str, Any], contradictions: Any) -> RightFile:
    made = _file(
        REQUIRED_ON_AWS,
        contradictions,
        foundation={**AWS, "network": network},
        objectStorage={"region": "eu-central-1", "buckets": BUCKETS},
    )
    if "adopt" in network:
        # Settings of a network that is made can't stand beside one that exists.
        made.values["foundation"]["network"] = {
            key: value
            for key, value in made.values["foundation"]["network"].items()
            if key in ("adopt", "serviceCidr")
        }
    return made


ADOPTED = {
    "vpcId": "vpc-0123456789abcdef0",
    "zones": [
        {
            "private": f"subnet-0000000{number}",
            "pods": f"subnet-0000001{number}",
            "podCidr": f"10.{number}.0.0/16",
        }
        for number in (1, 2)
    ],
}
FILES = {
    "kubernetes": _file(
        REQUIRED,
        _in_any_cluster,
        foundation={"kind": "kubernetes", "context": "c", "login": {"nodePort": 30180}},
    ),
    "aws": _aws_file({"zones": ["eu-central-1a", "eu-central-1b"]}, _in_a_network_of_its_own),
    "aws in an adopted network": _aws_file({"adopt": ADOPTED}, _in_an_adopted_network),
}
every_file = pytest.mark.parametrize("kind", FILES)


@every_file
def test_the_right_file_is_right(kind: str) -> None:
    assert parse(FILES[kind].copy()).all_tenants, "what is made of it below would prove nothing"


@every_file
@examples(max_examples=300)
@given(data=st.data())
def test_every_malformed_stack_file_gives_one_clear_error(kind: str, data: st.DataObject) -> None:
    values, path = data.draw(FILES[kind].malformed())
    with pytest.raises(SettingsError) as caught:
        parse(values, source="Pulumi.some.yaml")
    text, problems = str(caught.value), caught.value.problems
    event(f"{len(problems)} errors")
    assert text.startswith("Pulumi.some.yaml has "), "the message must name the file first"
    assert show_path(path) in text, "the message must name the key that was made wrong"
    assert text.endswith("default and bound."), "the message must say where all keys are explained"
    assert "Traceback" not in text
    assert "pydantic" not in text.lower(), "no library's words may reach people"
    assert all(problem.message for problem in problems), "no finding without an explanation"
    assert max(len(line) for line in text.splitlines()) < 600, "nobody reads longer lines"
    text.encode()


@every_file
@examples(max_examples=150)
@given(data=st.data())
def test_any_content_gives_settings_or_a_settings_error(kind: str, data: st.DataObject) -> None:
    values, whole = FILES[kind].copy(), data.draw(JUNK)
    changes = st.lists(st.tuples(st.sampled_from(FILES[kind].paths), JUNK | NEAR_MISSES), max_size=5)
    for path, value in data.draw(changes):
        try:
            put(values, path, value)
        except (LookupError, TypeError):
            continue
    for candidate in (values, whole):
        try:
            settings = parse(candidate)
        except SettingsError:
            continue
        assert settings.all_tenants, "what is accepted must be fit for use"


@every_file
@examples(max_examples=100)
@given(data=st.data())
def test_the_same_holds_on_the_way_through_yaml_and_pulumi(kind: str, data: st.DataObject) -> None:
    values, _ = data.draw(FILES[kind].malformed())
    try:
        # libyaml: the same language, ten times as fast.
        written = yaml.load(yaml.dump(values, Dumper=yaml.CSafeDumper), Loader=yaml.CSafeLoader)
        passed = json.dumps(written)
    except (yaml.YAMLError, ValueError, TypeError):
        return  # No file that can be written, or none that Pulumi passes on.
    set_all_config({"spark-on-eks:settings": passed})
    with pytest.raises(SettingsError):
        load(pulumi.Config("spark-on-eks"))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("tenants", 0, "quota", "cpu"), "tenants[0].quota.cpu"),
        (("nodes", "my-pool_2"), "nodes.my-pool_2"),
        (("spark", "conf", "spark.a"), 'spark.conf["spark.a"]'),
        ((0, "a", 1), "[0].a[1]"),
        (("", "a b"), '[""]["a b"]'),
        ((), "settings"),
    ],
)
def test_a_path_is_written_as_pulumi_takes_it(path: Path, text: str) -> None:
    assert show_path(path) == text
