"""The tables say what Spark itself says, and every line of them can be read."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.releases import RELEASES
from components.versions import SPARK
from emr.emit import manifests
from emr.model.ledger import Level
from emr.tables import hive_keys, spark_keys, table
from tests.support.distributions import Distribution
from workspace.paths import ROOT

PROGRAM = """\
package org.apache.spark.launcher;
public final class Options extends SparkSubmitOptionParser {
  public static void main(String[] arguments) {
    Options options = new Options();
    for (String[] each : options.opts) System.out.println("value " + String.join(" ", each));
    for (String[] each : options.switches) System.out.println("switch " + String.join(" ", each));
  }
}
"""


@pytest.mark.parametrize("version", RELEASES)
def test_keys_are_those_that_the_release_declares(version: str) -> None:
    known = json.loads((ROOT / "tests" / "data" / f"spark-config-keys-{version}.json").read_text())
    assert spark_keys(version) == set(known["keys"])


def rows(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "level" in value:
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from rows(part)


@pytest.mark.parametrize("name", ["fields.yaml", "classifications.yaml", "keys.yaml"])
def test_every_row_has_a_level_a_code_and_what_to_do_where_a_person_must(name: str) -> None:
    found = list(rows(table(name)))
    assert len(found) > 8
    for row in found:
        assert row["level"] in list(Level)
        assert re.fullmatch(r"[A-Z0-9_]+", row["code"])
        assert row["why"] or row["code"] == "KEPT"
        if row["level"] in ("by hand", "blocked", "lost"):
            assert row.get("do"), f"{row} leaves a person alone"


@pytest.mark.parametrize(
    "row", table("keys.yaml"), ids=lambda row: str(row.get("match", row.get("keys")))[:50]
)
def test_every_pattern_of_keys_can_be_read(row: dict[str, Any]) -> None:
    assert ("keys" in row) != ("match" in row)
    re.compile(row.get("match", ""))


@pytest.mark.spark
def test_options_are_those_of_sparks_own_parser(tmp_path: Path, distribution: Distribution) -> None:
    (tmp_path / "Options.java").write_text(PROGRAM)
    (jar,) = (distribution.home / "jars").glob(f"spark-launcher_*-{SPARK}.jar")
    subprocess.run(["javac", "-cp", jar, "-d", tmp_path, tmp_path / "Options.java"], check=True)
    run = ["java", "-cp", f"{jar}:{tmp_path}", "org.apache.spark.launcher.Options"]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[list[str]]] = {"value": [], "switch": []}
    for line in printed.splitlines():
        kind, *names = line.split()
        found[kind].append(names)
    assert found == table("spark_submit_options.json")[SPARK]


@pytest.mark.spark
def test_keys_of_hives_module_are_those_of_its_classes(distribution: Distribution) -> None:
    (jar,) = (distribution.home / "jars").glob(f"spark-hive_*-{SPARK}.jar")
    with zipfile.ZipFile(jar) as classes:
        texts = [classes.read(name) for name in classes.namelist() if name.endswith(".class")]
    named = {
        each.decode() for text in texts for each in re.findall(rb"spark\.sql\.hive\.[A-Za-z.]+[A-Za-z]", text)
    }
    assert named - spark_keys(SPARK) == hive_keys(SPARK)


@pytest.mark.parametrize(
    ("written", "schedule"),
    [
        ("0 5 * * 7", "0 5 * * 0"),
        ("0 5 * * 1-5", "0 5 * * 1-5"),
        ("@daily", "@daily"),
        ("@once", ""),
        ("7 7 * * *", "7 7 * * *"),
        ("@every 1s", ""),
        ("0 5 * *", ""),
        ("TZ=UTC 0 5 * * *", ""),
    ],
)
def test_a_schedule_becomes_one_that_the_operator_reads(written: str, schedule: str) -> None:
    assert manifests.schedule(written) == schedule


def test_a_schedules_runs_are_kept_for_as_long_as_those_of_a_job_without_one() -> None:
    """Without a time of its own a run goes after `jobs.keepSeconds`, nine hours."""
    application = {"apiVersion": "a/v1", "metadata": {"name": "a"}, "spec": {"timeToLiveSeconds": 86400}}
    assert manifests.scheduled(application, "@daily")["spec"]["template"]["timeToLiveSeconds"] == 86400
