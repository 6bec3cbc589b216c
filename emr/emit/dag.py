"""Writes a DAG whose tasks are applications, in the place of one whose tasks are steps on EMR. Pure.

Written for the Airflow and the provider of components/versions.py. Of SparkKubernetesOperator only some
arguments are filled in by Jinja, `application_file` among them: so marks stay in the YAML.
It watches the driver's first pod, and so an application must not be started again by the operator: retries
are the task's. `delete_on_termination` would take the object, and why it failed with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emr.emit.manifests import schedule
from emr.readers.tasks import Dag, Task
from emr.translate.application import Application
from emr.translate.secrets import masked

STARTUP_SECONDS: Final = 3600
"""How long a driver may wait for room; the operator's own 600 s end jobs that stand in a queue."""

_FALLBACK: Final = "2026, 1, 1"
_HEAD: Final = '''\
"""From EMR: {name}.

{notes}
"""

from __future__ import annotations

from datetime import datetime, timedelta  # noqa: F401 - some arguments use one of them

import pendulum
from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator
from airflow.sdk import DAG

with DAG(
    dag_id={name!r},
    schedule={schedule!r},
    start_date=pendulum.datetime({start}, tz="UTC"),
    catchup={catchup},
    default_args={{{defaults}}},
    tags=["from-emr"],
):
'''
_TASK: Final = """\
    {variable} = SparkKubernetesOperator(
        task_id={name!r},
        namespace={namespace!r},
        application_file={file!r},
        random_name_suffix=True,
        delete_on_termination=False,
        startup_timeout_seconds={startup},
{arguments}    )
"""
_PLAIN: Final = re.compile(r"-?\d+|True|False|None|'[\w.-]*'|(datetime\.)?timedelta\([\w=, *.]*\)")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A DAG.

    Args:
        text: of its module; empty if one of its jobs is blocked: a DAG that leaves one out would end well.
        notes: what has to be done by hand.
    """

    text: str
    notes: tuple[str, ...]


def write(dag: Dag, applications: Sequence[Application], *, namespace: str) -> Written:
    """Write a DAG.

    Args:
        dag: what the old one says.
        applications: what its steps became, in their order.
        namespace: where they run.
    """
    notes = tuple(dict.fromkeys(_notes(dag, applications)))
    if not applications or any(each.manifest is None for each in applications):
        return Written(text="", notes=notes)
    name = re.sub(r"[^\w.-]+", "_", masked(dag.name)) or "from_emr"
    head = _HEAD.format(
        name=name,
        notes="\n".join(f"- {each}" for each in notes).replace("\\", "/").replace('"""', "'''"),
        schedule=schedule(dag.schedule) or None,
        start=", ".join(map(str, dag.start)) or _FALLBACK,
        catchup=dag.catchup,
        defaults=", ".join(f"{key!r}: {value}" for key, value in _plain(dag.defaults)),
    )
    return Written(text=head + "".join(_tasks(dag, applications, namespace)), notes=notes)


def _plain(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Arguments whose values are whole in the text: others need names that are not here."""
    return [(key, value) for key, value in pairs if _PLAIN.fullmatch(value)]


def _tasks(dag: Dag, applications: Sequence[Application], namespace: str) -> Iterator[str]:
    adders = [task for task in dag.tasks if task.operator == "EmrAddStepsOperator"]
    own = dict(_plain(adders[0].kept)) if len(adders) == 1 else {}
    names = _names(applications)
    goes_on = False
    for each, name in zip(applications, names, strict=True):
        arguments = {**own, **({"trigger_rule": "'all_done'"} if goes_on else {})}
        yield _TASK.format(
            variable=name,
            name=name,
            namespace=namespace,
            file=f"{each.name}.yaml",
            startup=STARTUP_SECONDS,
            arguments="".join(f"        {key}={value},\n" for key, value in sorted(arguments.items())),
        )
        goes_on = each.on_failure == "CONTINUE"
    if len(names) > 1:
        yield f"    {' >> '.join(names)}\n"


def _names(applications: Sequence[Application]) -> list[str]:
    found: list[str] = []
    for each in applications:
        plain = re.sub(r"\W+", "_", each.name.rpartition("-")[0]).strip("_") or "job"
        number = sum(name == plain or re.fullmatch(rf"{plain}_\d+", name) is not None for name in found)
        found.append(f"{plain}_{number + 1}" if number else plain)
    return found


def _notes(dag: Dag, applications: Sequence[Application]) -> Iterator[str]:
    for each in applications:
        if each.manifest is None:
            by = ", ".join(each.problems)
            yield f"{masked(each.job)} is blocked by {by}: no DAG is written without it."
    if not dag.start:
        yield f"start_date is computed in the old DAG: {_FALLBACK} stands in its place; set it."
    if dag.schedule and not schedule(dag.schedule):
        yield f"The schedule {masked(dag.schedule)} is none that can be taken over: set it."
    for task in dag.tasks:
        yield from _of_task(task)
    if applications:
        yield "A retry runs the whole application again: see that it does not write the same rows twice."


def _of_task(task: Task) -> Iterator[str]:
    where = f"{task.operator} {masked(task.name)!r} (line {task.line})"
    if not task.of_emr:
        yield f"{where} is not about EMR: take it over by hand, with its place in the order."
    for pull in task.pulls:
        yield f"{where} reads an XCom: {masked(pull)}. Ids of clusters and steps are no more."
    for key, value in task.kept:
        taken = task.operator == "EmrAddStepsOperator" and _PLAIN.fullmatch(value)
        what = "is taken over" if taken else "goes with it, or is set by hand"
        yield f"{where}: {key}={masked(value)} {what}."


def never_again(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """An application for a task: the task tries again, and not the operator.

    Args:
        manifest: the application.
    """
    return {**manifest, "spec": {**manifest["spec"], "restartPolicy": {"type": "Never"}}}
