"""What of an input runs: submissions, and the cluster that they run on. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from emr.model.beside import Beside
from emr.model.ledger import Finding
from emr.model.tree import Leaf, Node


class Form(StrEnum):
    """What an input describes."""

    JOB_FLOW = "EMR on EC2"
    EKS = "EMR on EKS"
    SERVERLESS = "EMR Serverless"
    COMMAND = "a command line"
    OPERATOR = "the Spark operator"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One description that was found in a file.

    Args:
        form: of what.
        tree: under the names of the API of its form, whatever the file calls them.
        schedule: cron or a preset that stands beside it; empty for none.
    """

    form: Form
    tree: dict[str, Node]
    schedule: str = ""


@dataclass(kw_only=True)
class Reading:
    """All that was found in a file.

    Args:
        kind: of file, in words.
        sources: descriptions.
        findings: what of the file is no description, and what it means.
        leaves: of what is no description.
        beside: the files that are given with it.
    """

    kind: str
    sources: list[Source] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    beside: Beside = field(default_factory=Beside)


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option of spark-submit.

    Args:
        name: as Spark's parser calls it, such as `--executor-memory`.
        value: its value; None for a switch.
        word: where it was named.
    """

    name: str
    value: Leaf | None
    word: Leaf


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A call of spark-submit, as Spark's own parser takes it apart.

    Args:
        options: in their order.
        program: the primary resource; None if there is none.
        arguments: of the program.
        wrong: what Spark would refuse, in words; empty for nothing.
    """

    options: tuple[Option, ...]
    program: Leaf | None
    arguments: tuple[Leaf, ...]
    wrong: str = ""


@dataclass(frozen=True, kw_only=True)
class Property:
    """A property of Spark, Hadoop or Hive that somebody has set.

    Args:
        key: its name.
        value: its value.
        source: who says it: an option, or a classification.
    """

    key: str
    value: Leaf
    source: str


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Nodes of one kind in a cluster.

    Args:
        role: MASTER, CORE or TASK.
        types: their instance types.
        count: how many; of a fleet, its capacity.
        spot: whether they are on spot.
    """

    role: str
    types: tuple[str, ...]
    count: int
    spot: bool


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What the jobs of an input have in common.

    Args:
        form: where they run today.
        name: what people call it.
        label: its release label; None if the input does not say.
        spark: Spark's version, if the input says it.
        nodes: its nodes; empty if the input does not say.
        properties: of Spark, that all its jobs get.
        environment: variables of driver and executors.
        keep_alive: whether it stays when no step is left.
        concurrency: steps that run at a time.
        most_nodes: the bound of managed scaling; None for none.
        maximize: whether one executor has a node for itself (maximizeResourceAllocation).
    """

    form: Form
    name: str = ""
    label: Leaf | None = None
    spark: str = ""
    nodes: tuple[Nodes, ...] = ()
    properties: tuple[Property, ...] = ()
    environment: tuple[Property, ...] = ()
    keep_alive: bool = False
    concurrency: int = 1
    most_nodes: int | None = None
    maximize: bool = False


@dataclass(frozen=True, kw_only=True)
class Job:
    """One program that a cluster runs.

    Args:
        name: what people call it.
        at: where it is described.
        submission: what it calls.
        on_failure: what EMR does when it fails; empty for nothing.
        retries: how often it is tried again.
        streaming: whether it never ends by itself.
    """

    name: str
    at: str
    submission: Submission
    on_failure: str = ""
    retries: int = 0
    streaming: bool = False
