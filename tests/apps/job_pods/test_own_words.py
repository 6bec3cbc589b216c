"""A job's own properties: what nobody would read is told with what was meant, and what works is let alone."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
import yaml

from apps.job_pods.own_words import words_fault
from components.spark.known_properties import kinds
from tests.support.definitions import definition
from workspace.paths import ROOT

REPORTED = sorted((ROOT / "tests" / "data").glob("*/*.yaml"))
"""Definitions that people have written: reported cases, and the operator's own examples."""


def of(**properties: str) -> dict[str, str]:
    """Properties whose dots are written as double underscores."""
    return {f"spark.{key.replace('__', '.')}": value for key, value in properties.items()}


def said(spark: dict[str, str] | None = None, hadoop: dict[str, str] | None = None) -> str | None:
    return words_fault(definition(sparkConf=spark, hadoopConf=hadoop))


@pytest.mark.parametrize(
    ("spark", "told"),
    [
        (
            of(sql__shufle__partitions="200"),
            "sparkConf: spark.sql.shufle.partitions is no property of Spark, which would not say so; did you "
            "mean spark.sql.shuffle.partitions? Correct it, or remove it",
        ),
        (
            of(sql__shuffle__partitions="many"),
            "sparkConf: spark.sql.shuffle.partitions must be a whole number, 1 or more, not many: Spark "
            "reads nothing else there, and a driver ends over it. Correct it, or remove it",
        ),
        (of(executor__memory="2 gigs"), "spark.executor.memory must be a size in whole units"),
        (of(task__cpus="0"), "spark.task.cpus must be a whole number, 1 or more, not 0"),
        (
            of(sql__shuffle__partitions="3000000000"),
            "must be a whole number, 1 or more, and 2147483647 at most, not 3000000000",
        ),
        (of(scheduler__mode="LIFO"), "spark.scheduler.mode must be one of FAIR, FIFO, NONE, not LIFO"),
        (of(executor__Memory="2g"), "did you mean spark.executor.memory?"),
        (of(hadoop__fs__s3a__endpont="a"), "spark.hadoop.fs.s3a.endpont is no property of S3A"),
    ],
)
def test_what_spark_would_not_read_is_told(spark: dict[str, str], told: str) -> None:
    assert told in (said(spark) or "")


@pytest.mark.parametrize(
    ("hadoop", "told"),
    [
        (
            {"fs.s3a.path.style.acess": "true"},
            "hadoopConf: fs.s3a.path.style.acess is no property of S3A, which would not say so; did you mean "
            "fs.s3a.path.style.access?",
        ),
        (
            {"fs.s3a.path.style.access": "yes"},
            "hadoopConf: fs.s3a.path.style.access must be true or false, not yes: Hadoop takes anything else "
            "for its default, without a word",
        ),
    ],
)
def test_what_hadoop_would_not_read_is_told(hadoop: dict[str, str], told: str) -> None:
    assert told in (said(hadoop=hadoop) or "")


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = said(of(speculation="yes", sql__shufle__partitions="1"), {"fs.s3a.endpiont": "a"}) or ""
    assert [word in told for word in ("spark.speculation", "shufle", "endpiont")] == [True] * 3


@pytest.mark.parametrize(
    "spark",
    [
        of(myapp__day="2026-11-27", databricks__delta__optimizeWrite__enabled="maybe"),
        of(sql__catalog__lake="org.apache.iceberg.spark.SparkCatalog", sql__catalog__lake__type="rest"),
        of(sql__iceberg__vectorization__enabled="yes", rapids__sql__enabled="on", gluten__memory="all"),
        of(hadoop__fs__s3__impl="a.B", hadoop__fs__s3n__impl="a.B", hadoop__fs__s3n__endpoint="b"),
        of(executorEnv__A="yes", kubernetes__driverEnv__B="1 2", kubernetes__executor__label__a="b"),
        of(sql__shuffle__partitions="${spark.executor.instances}", network__timeout="${spark.a.b}"),
        of(history__retainedApplications="many", deploy__defaultCore="1"),
        of(sql__parquet__compression__codec="lz4raw", sql__orc__compression__codec="brotli"),
    ],
    ids=[
        "own",
        "a catalog",
        "libraries",
        "other stores",
        "variables",
        "references",
        "servers",
        "one release",
    ],
)
def test_what_is_not_sparks_own_or_works_somewhere_is_let_alone(spark: dict[str, str]) -> None:
    assert said(spark) is None


def _jobs() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in REPORTED:
        # A recipe of somebody's names its image in braces.
        for each in yaml.safe_load_all(re.sub(r"[{][A-Z_]+[}]", "a", path.read_text())):
            spec = (each or {}).get("spec") or {}
            spec = spec.get("template", spec)
            if "mainApplicationFile" in spec:
                found.append((path.name, spec))
    return found


def test_no_definition_that_people_have_written_is_refused() -> None:
    jobs = _jobs()
    assert len(jobs) > 40
    assert {name: told for name, spec in jobs if (told := words_fault({"spec": spec}))} == {}


GOOD = {
    "boolean": ("true", "False", " TRUE "),
    "time": ("10s", "500ms", "3", "2min", "1h", "7D"),
    "size": ("64k", "128m", "4g", "1024", "512MB", "1t"),
    "whole": ("1", "2", "64", "128"),
    "number": ("0.5", "1", ".75", "1e-1"),
}


def _value(kind: str, random: Random) -> str:
    if " of " in kind:
        return random.choice(kind.partition(" of ")[2].split(" "))
    if kind == "text":
        return random.choice(("a", "a.b.C", "s3a://a/b", "1,2"))
    low, _, most = kind.partition(" to ")
    return "1" if most and int(most) < 128 else random.choice(GOOD[low.partition(" ")[0]])


def test_two_hundred_drawn_jobs_with_values_that_spark_reads_are_let_alone() -> None:
    random, table = Random(13), sorted(kinds().items())
    for _ in range(200):
        drawn = random.sample(table, 20)
        own = {f"spark.acme{number}.own": "any" for number in range(5)}
        assert said({key: _value(kind, random) for key, kind in drawn} | own) is None, drawn


def test_names_that_differ_by_more_than_a_letter_are_their_authors_business() -> None:
    assert said(of(sql__shufle__partition="1", executer__memry="1")) is None


def test_a_value_that_is_no_text_is_read_as_spark_gets_it() -> None:
    assert words_fault({"spec": {"sparkConf": {"spark.speculation": "false"}, "hadoopConf": None}}) is None
