"""Reads a job flow: its cluster and what its steps run. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from emr.model.job import Cluster, Form, Job, Reading, Source
from emr.model.ledger import End, Finding, Ledger, Level
from emr.model.tree import HOLE, Leaf, Node, below, holes, items, leaf, leaves, shown
from emr.readers import commands, shell, spark_submit
from emr.translate import configurations, nodes
from emr.translate.secrets import masked

RUNNER: Final = "command-runner.jar"
_SCRIPT_RUNNER: Final = "script-runner.jar"
_SPARK_ONLY: Final = {
    "spark",
    "hadoop",
    "livy",
    "ganglia",
    "zeppelin",
    "jupyterhub",
    "jupyterenterprisegateway",
    "hive",
    "hcatalog",
    "hue",
    "amazoncloudwatchagent",
    "zookeeper",
    "tez",
    "iceberg",
    "delta",
    "hudi",
    "pig",
}
_OF_SHELLS: Final = {"SHELL", "WRAPPER", "ASSIGNMENT", "REDIRECT", "PIPE"}
"""Codes of what a script may go on doing where it runs: a step's cluster is gone."""

_NOTEBOOKS: Final = {"livy", "zeppelin", "jupyterhub", "jupyterenterprisegateway", "hue"}
_OTHERS: Final = {
    "hbase",
    "presto",
    "prestosql",
    "trino",
    "flink",
    "oozie",
    "phoenix",
    "sqoop",
    "mahout",
    "mxnet",
    "tensorflow",
}


@dataclass(kw_only=True)
class Work:
    """What a description runs, and on what.

    Args:
        cluster: what its jobs have in common.
        jobs: programs of Spark.
        glue: where the Glue catalog is named; None if it is not.
        schedule: cron or a preset that stands beside it.
        staged: paths in HDFS that steps between its jobs copy into, or out of.
        source: where it was read from; None if nothing of it is left to account for.
        lent: the description of the cluster that its jobs run on, if that is another one.
    """

    cluster: Cluster
    jobs: list[Job] = field(default_factory=list)
    glue: Leaf | None = None
    schedule: str = ""
    staged: tuple[Leaf, ...] = ()
    source: Source | None = None
    lent: Source | None = None


def read(source: Source, ledger: Ledger) -> Work:
    """Read a job flow, or a part of one.

    Args:
        source: with a tree under RunJobFlow's names.
        ledger: where the account is kept.
    """
    tree = source.tree
    settings = configurations.read(items(tree, "Configurations"), ledger)
    for group in [*items(tree, "Instances", "InstanceGroups"), *items(tree, "Instances", "InstanceFleets")]:
        _merge(settings, configurations.read(items(group, "Configurations"), ledger))
        for each in items(group, "InstanceTypeConfigs"):
            _merge(settings, configurations.read(items(each, "Configurations"), ledger))
    name = leaf(tree, "Name")
    cluster = Cluster(
        form=Form.JOB_FLOW,
        name=name.text if name and "Instances" in tree else "",
        # A label stands where the AMI's version belongs, too, and EMR's own command line takes it there.
        label=leaf(tree, "ReleaseLabel") or leaf(tree, "AmiVersion"),
        spark=_installed(tree),
        nodes=(found := nodes.read(tree)),
        properties=tuple(settings.properties),
        environment=tuple(settings.environment),
        keep_alive=_keep_alive(tree),
        concurrency=nodes.number(leaf(tree, "StepConcurrencyLevel"), 1),
        most_nodes=nodes.most(tree, found),
        maximize=settings.maximize,
    )
    if cluster.label is not None:
        ledger.use(cluster.label)
    work = Work(cluster=cluster, glue=settings.glue, schedule=source.schedule)
    _note_applications(tree, ledger)
    _note_nodes(cluster, tree, ledger)
    for step in items(tree, "Steps"):
        work.jobs += _jobs(step, cluster, ledger)
    work.staged = tuple(_staged(items(tree, "Steps")))
    return work


def _staged(steps: Sequence[Node]) -> Iterator[Leaf]:
    """Where s3-dist-cp leaves data for a job, or takes what one has left: HDFS, where it is not S3."""
    for step in steps:
        words = [each for each in items(step, "HadoopJarStep", "Args") if isinstance(each, Leaf)]
        if not words or commands.program(words[0]) not in {"s3-dist-cp", "s3distcp"}:
            continue
        before = ""
        for word in words[1:]:
            name, given, value = word.text.partition("=")
            option, path = (name, value) if given else (before, word.text)
            if option in {"--src", "--dest"} and re.match(r"/|hdfs:", path):
                yield word.with_text(path)
            before = word.text


def _merge(settings: configurations.Settings, other: configurations.Settings) -> None:
    settings.properties += other.properties
    settings.environment += other.environment
    settings.maximize |= other.maximize
    settings.glue = settings.glue or other.glue


def _installed(tree: dict[str, Node]) -> str:
    """Spark's version where the cluster itself says it (DescribeCluster)."""
    for each in items(tree, "Applications"):
        name, version = leaf(each, "Name"), leaf(each, "Version")
        if name and version and name.text.lower() == "spark":
            return version.text.partition("-")[0]
    return ""


def _keep_alive(tree: dict[str, Node]) -> bool:
    kept, ends = (
        leaf(tree, "Instances", "KeepJobFlowAliveWhenNoSteps"),
        leaf(tree, "Instances", "AutoTerminate"),
    )
    if kept is not None:
        return kept.text.lower() == "true"
    return ends is not None and ends.text.lower() == "false"


def _note_applications(tree: dict[str, Node], ledger: Ledger) -> None:
    for each in items(tree, "Applications"):
        name = leaf(each, "Name")
        if name is None:
            continue
        lower = name.text.lower().replace(" ", "").replace("-", "")
        if lower in _NOTEBOOKS:
            _note(
                ledger,
                name,
                Level.LOST,
                "NOTEBOOKS",
                "notebooks and sessions are no jobs",
                "Spark Connect with a notebook (docs/releases.md)",
            )
        elif lower in _OTHERS:
            _note(
                ledger,
                name,
                Level.LOST,
                "NO_SPARK",
                f"{name.text} is not Spark: nothing here runs it",
                "if it is used, let that cluster stay on EMR",
            )
        elif lower not in _SPARK_ONLY and not holes(name.text):
            _note(
                ledger,
                name,
                Level.BY_HAND,
                "APPLICATION",
                "software that this kit does not know",
                "find out whether a job needs it",
            )


def _note_nodes(cluster: Cluster, tree: dict[str, Node], ledger: Ledger) -> None:
    """What is odd about a cluster: it explains failures that nobody here will see again."""
    if not cluster.nodes:
        return
    roles = {each.role for each in cluster.nodes}
    at = next((each.at for each in leaves(below(tree, "Instances")) if each.at), "")
    if "TASK" in roles and "CORE" not in roles:
        _lint(ledger, at, "NO_CORE", "a cluster with TASK nodes needs CORE nodes: EMR refuses this one")
    if any(each.role == "MASTER" and each.spot for each in cluster.nodes):
        _lint(
            ledger,
            at,
            "SPOT_MASTER",
            "the master is on spot: its loss ends the cluster, whatever runs; here a driver "
            "may run on demand beside executors on spot",
        )


def _lint(ledger: Ledger, at: str, code: str, why: str) -> None:
    ledger.note(Finding(at=at, level=Level.CHANGED, code=code, why=why))


def _note(ledger: Ledger, found: Leaf, level: Level, code: str, why: str, todo: str) -> None:
    ledger.note(
        Finding(
            at=found.at,
            level=level,
            code=code,
            why=why,
            todo=todo,
            value=masked(shown(found.text)),
            end=End.DROPPED if level is Level.EXACT else End.REPORTED,
        )
    )


def _jobs(step: Node, cluster: Cluster, ledger: Ledger) -> list[Job]:
    """What a step runs: a submission as a rule, several if it is a script."""
    if isinstance(step, Leaf):
        _note_computed(step, ledger)
        return []
    name, action = leaf(step, "Name"), leaf(step, "ActionOnFailure")
    jar = leaf(step, "HadoopJarStep", "Jar")
    words = [each for each in items(step, "HadoopJarStep", "Args") if isinstance(each, Leaf)]
    label = name.text if name else "step"
    on_failure = action.text if action else ""
    ledger.use(name, action)
    if jar is None:
        return []
    if HOLE.fullmatch(jar.text):
        _note_computed(jar, ledger)
        ledger.use(*words)
        return []
    if commands.program(jar).endswith(_SCRIPT_RUNNER.removesuffix(".jar")) or jar.text.endswith(
        _SCRIPT_RUNNER
    ):
        _note_script(jar, words, ledger)
        return []
    if not jar.text.endswith(RUNNER):
        _note_jar(jar, words, ledger)
        return []
    ledger.use(jar)
    return jobs_of(words, label, on_failure, ledger)


def jobs_of(words: Sequence[Leaf], name: str, on_failure: str, ledger: Ledger) -> list[Job]:
    """Submissions in the words of a step.

    Args:
        words: the program and what follows.
        name: of the step.
        on_failure: what EMR does when it fails.
        ledger: where the account is kept.
    """
    if words and HOLE.fullmatch(words[0].text):
        _note_computed(words[0], ledger)
        return []
    reading = Reading(kind="a step")
    shell.add_command(list(words), {}, reading)
    ledger.expect(reading.leaves)
    for finding in reading.findings:
        ledger.note(finding)
    if not reading.sources and words and {each.code for each in reading.findings} <= _OF_SHELLS:
        _note(
            ledger,
            words[0],
            Level.BY_HAND,
            "COMMAND",
            "a command on the master: it is no job of Spark, and nothing here runs it",
            "run it in a Job of Kubernetes or a task of Airflow, if it is still needed; what it fetches for "
            "jobs belongs into the image",
        )
    found: list[Job] = []
    for number, source in enumerate(reading.sources, start=1):
        if source.form is Form.COMMAND:
            own = name if len(reading.sources) == 1 else f"{name} {number}"
            found.append(command_job(source, own, on_failure, ledger))
    return found


def command_job(source: Source, name: str, on_failure: str, ledger: Ledger) -> Job:
    """The job of a command line.

    Args:
        source: with the words of the command.
        name: what people call it.
        on_failure: what EMR does when it fails.
        ledger: where the account is kept.
    """
    words = [each for each in items(source.tree, "Command") if isinstance(each, Leaf)]
    ledger.use(words[0])
    submission = spark_submit.parse(words[1:])
    if submission.wrong:
        ledger.use(*words)
    named = [each.value for each in submission.options if each.name == "--name" and each.value]
    return Job(
        name=name or (named[-1].text if named else called(submission.program)),
        at=words[0].at,
        submission=submission,
        on_failure=on_failure,
    )


def called(program: Leaf | None) -> str:
    """A job is called after its file where nobody has named it.

    Args:
        program: its file; None if there is none.
    """
    file = program.text.rpartition("/")[2] if program else ""
    return "job" if holes(file) else file.rpartition(".")[0] or "job"


def _note_computed(found: Leaf, ledger: Ledger) -> None:
    _note(
        ledger,
        found,
        Level.BLOCKED,
        "COMPUTED",
        "what this step runs is handed in when it starts: nothing here says what it is",
        "give what is handed in, as JSON, to this command",
    )


def _note_script(jar: Leaf, words: list[Leaf], ledger: Ledger) -> None:
    for word in [jar, *words]:
        _note(
            ledger,
            word,
            Level.BY_HAND,
            "SCRIPT",
            "runs a script on the master that is not among the inputs",
            "give the script itself to this command",
        )


def _note_jar(jar: Leaf, words: list[Leaf], ledger: Ledger) -> None:
    for word in [jar, *words]:
        _note(
            ledger,
            word,
            Level.LOST,
            "HADOOP_JAR",
            "a program of Hadoop MapReduce: nothing here runs it",
            "rewrite it for Spark, or let it stay on EMR",
        )
