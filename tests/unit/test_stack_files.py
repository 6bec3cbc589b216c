"""A stack file is read as Pulumi reads it, and what is wrong with it is one sentence."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from local import removal
from toolchain import pulumi_cli
from toolchain.pulumi_cli import Stack
from workspace import pulumi_yaml, stack_files
from workspace.errors import ReportedError

FILE = """\
config:
  spark-on-eks:settings:
    environment: dev
    observability:
    #  logs: {flushSeconds: 3}
    tenants: [{team: data}]
"""


def _written(folder: Path, text: str) -> Path:
    file = folder / "Pulumi.case.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            FILE + "    tenants: [{team: science}]\n    environment: prod\n",
            "config.spark-on-eks:settings.tenants is there twice, in lines 6 and 7; "
            "config.spark-on-eks:settings.environment is there twice, in lines 3 and 8",
        ),
        (
            "config:\n  a:\n  - {}\n  - {c: {d: 1, d: 2}}\n",
            "config.a[1].c.d is there twice, in lines 4 and 4",
        ),
        ("config:\n  a:\n\t- 1\n", "Pulumi.case.yaml, line 3: a tab; YAML is indented with blanks"),
        ("config:\n  a:\tb\n", "Pulumi.case.yaml, line 2: a tab in the place of a blank; write a blank"),
        ("config:\n  a: [1\n", "Pulumi.case.yaml, line 3: while parsing a flow sequence"),
        ("config: [1]\n", "Pulumi.case.yaml has no mapping `config`"),
        ("config:\n  a: !!python/name:os.system x\n", "line 2: could not determine a constructor"),
        ("a: \x00\n", "can't be read: unacceptable character"),
    ],
    ids=[
        "keys twice",
        "a key twice deep down",
        "a tab",
        "a tab inside",
        "an open bracket",
        "a list",
        "a program",
        "binary",
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ReportedError) as caught:
        stack_files.read(_written(tmp_path, text))
    assert says in str(caught.value)
    assert caught.value.hint, "and what to do next"


def test_a_key_that_a_merge_brings_may_be_written_anew() -> None:
    text = "a: &base {cpu: 1, memory: 1Gi}\nb: {<<: *base, cpu: 2}\nc: {<<: *base, <<: *base}\n"
    assert pulumi_yaml.load(text, source="x")["b"] == {"cpu": 2, "memory": "1Gi"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("1:20", "1:20"),
        ("012", 10),
        ("0o17", 15),
        ("09", 9),
        ("012345678901", 12345678901),
        ("1_000", 1000),
        ("0x1f", 31),
        ("1e3", 1000),
        ("2.0", 2),
        ("4.50", 4.5),
        ("TRUE", True),
        ("~", None),
        ("", None),
        ("'012'", "012"),
        ("2026-01-02", "2026-01-02 00:00:00 +0000 UTC"),
    ],
)
def test_a_word_means_what_it_means_to_pulumi(written: str, meant: object) -> None:
    read = pulumi_yaml.load(f"a: {written}\n", source="x")["a"]
    assert (read, type(read)) == (meant, type(meant))


def test_what_this_machine_decides_goes_into_a_section_that_says_nothing(tmp_path: Path) -> None:
    _written(tmp_path, FILE + "    spark: {conf: {spark.a: 'yes', spark.b: '0o17'}}\n")
    stack = Stack(
        name="case",
        state=tmp_path / "state",
        kubeconfig=None,
        root=tmp_path,
        overrides={("observability", "logs", "podLogs"): "/var/log/pods"},
    )
    stack.state.mkdir()
    pulumi_cli._refresh_config(stack, tmp_path / "Pulumi.case.yaml")
    copied = json.loads(stack.config_file.read_text())["config"][stack_files.SETTINGS]
    assert copied["observability"] == {"logs": {"podLogs": "/var/log/pods"}}
    assert copied["spark"]["conf"] == {"spark.a": "yes", "spark.b": "0o17"}, "text stays text"


def test_a_section_that_is_none_is_left_to_the_program_to_refuse(tmp_path: Path) -> None:
    file = _written(tmp_path, FILE.replace("observability:", "observability: 5"))
    stack = Stack(
        name="copy",
        state=tmp_path,
        kubeconfig=None,
        overrides={("observability", "logs", "podLogs"): "/var/log/pods"},
    )
    pulumi_cli._refresh_config(stack, file)
    assert stack_files.read(stack.config_file)["config"][stack_files.SETTINGS]["observability"] == 5


def test_a_tenant_that_the_file_no_longer_names_is_not_removed_without_a_question() -> None:
    console = Console(file=io.StringIO())
    with pytest.raises(ReportedError, match="no longer names science-dev: jobs and all else") as caught:
        removal.confirm(console, gone=["science-dev"])
    assert "--remove-tenants" in caught.value.hint
    removal.confirm(console, gone=[])


def test_the_tenants_that_would_go_are_those_of_the_stack_less_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(name="case", state=tmp_path, kubeconfig=None)
    assert removal.gone(stack, {"data-dev"}) == [], "a stack that was never applied has none"
    stack.config_file.write_text("{}")
    monkeypatch.setattr(pulumi_cli, "outputs", lambda _: {"namespaces": ["science-dev", "data-dev"]})
    assert removal.gone(stack, {"data-dev", "new-dev"}) == ["science-dev"]
