"""What Spark is asked of an interval's data, and what it answers: conditions in SQL, for each row. Pure.

A small application of the tenant's own asks, after each run that went well and when it is wanted again: the
run's release and image, under the same account, in one pod. The program comes from the ConfigMap that lies in
every tenant's namespace; what it is asked is its argument, and what it counted its driver's termination
message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from apps.jobs.definitions.settings import Check
from apps.jobs.ledger.record import LABELS, Record
from apps.jobs.runs import objects
from apps.jobs.runs.objects import Json
from apps.jobs.schedule.intervals import Interval

from .places import named

ASKED: Final = "sql/asked.json"
ANSWER: Final = "sql/answer.json"
"""Beside a run's record: what Spark was asked of its data first, and what it said; each is written once. A
further question lies in `sql/2`, and so on."""

_NUMBERED: Final = re.compile(r"sql/(?:(\d{1,6})/)?(asked|answer)\.json")

LABEL: Final = f"{LABELS}/check"
"""Label of an application that asks, and of its pod."""

CONFIG_MAP: Final = "spark-defaults"
PROGRAM: Final = "sql_check.py"
"""Where the program is in a tenant's namespace (components/tenants/namespace.py); a test compares them."""

FOLDER: Final = "/opt/sql-check"

CORES: Final = "500m"
"""What it takes of the quota, beside runs that want it more; an idle node gives the whole core."""

MEMORY: Final = "1g"
"""The driver's heap. A count holds a row group's columns at a time, however many rows there are."""

_OF_ROLE: Final = (
    "serviceAccount",
    "image",
    "env",
    "envFrom",
    "envSecretKeyRefs",
    "nodeSelector",
    "tolerations",
)
_OF_SPEC: Final = ("image", "imagePullPolicy", "imagePullSecrets", "sparkVersion", "hadoopConf")
"""What of a run its data's reader needs, too: where it may run, as whom, and how it gets at the store."""

_CONF: Final = (
    "spark.hadoop.",
    "spark.kubernetes.container.image",
    "spark.kubernetes.driver.container.image",
)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(_Kept):
    """A condition for the rows of an output.

    Args:
        output: folder or table of the interval.
        sql: the condition.
    """

    output: str
    sql: str


class Asked(_Kept):
    """What Spark is asked of a run's data.

    Args:
        at: when.
        questions: by name of the check.
        manifest: the application that asks.
    """

    at: AwareDatetime
    questions: dict[str, Question]
    manifest: dict[str, Any]


Rows = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
"""A count of Spark's: a long."""


class _Error(_Kept):
    error: str = Field(pattern=r"^[A-Za-z0-9_.$]{1,80}$")
    """A name and no text: who may write the message is the tenant, and it is shown on a page."""


class _Message(_Kept):
    answer: tuple[tuple[Rows, Rows, Rows] | _Error, ...]


class Count(_Kept):
    """What Spark says of one condition.

    Args:
        question: what it was asked.
        rows: all rows; None if it could not say.
        broken: those for which it does not hold.
        unknown: those for which nobody knows, as a value is missing.
        error: Spark's name of what is wrong; empty if it could say.
    """

    question: Question
    rows: int | None = None
    broken: int = 0
    unknown: int = 0
    error: str = ""


class Answer(_Kept):
    """What Spark said of a run's data.

    Args:
        asked: when it was asked.
        counts: by name of the check; empty if nobody said anything.
        code: of the verdict on an application that failed; empty if it did not.
        sentence: why nothing was said.
    """

    asked: AwareDatetime
    counts: dict[str, Count] = {}
    code: str = ""
    sentence: str = ""


def numbered(name: str, number: int) -> str:
    """Where the so many-th question or answer lies.

    Args:
        name: `ASKED` or `ANSWER`.
        number: 1 for the first.
    """
    return name if number == 1 else name.replace("/", f"/{number}/")


def numbers(kept: Iterable[str]) -> tuple[int, int]:
    """Numbers of the last question and of the last answer; 0 where there is none.

    Args:
        kept: names of what lies beside a run's record.
    """
    last = {"asked": 0, "answer": 0}
    for name in kept:
        if found := _NUMBERED.fullmatch(name):
            last[found[2]] = max(last[found[2]], int(found[1] or 1))
    return last["asked"], last["answer"]


def label(number: int) -> str:
    """What the label of an application says that asks for the so many-th time.

    Args:
        number: 1 for the first.
    """
    return "sql" if number == 1 else f"sql-{number}"


def number_of(text: str) -> int:
    """The way back from `label`; 0 for what is none of ours.

    Args:
        text: the label's value.
    """
    found = re.fullmatch(r"sql(?:-([1-9]\d{0,5}))?", text)
    return int(found[1] or 1) if found else 0


def ask(record: Record, checks: Sequence[Check], now: AwareDatetime, number: int = 1) -> Asked | None:
    """What Spark is to be asked of a run's data; None for nothing.

    Args:
        record: the run's.
        checks: of its job.
        now: the time.
        number: 1 for the first time.
    """
    if record.start is None or record.end is None:
        return None
    each = Interval(start=record.start, end=record.end, key=record.interval)
    questions = {
        check.name: Question(output=named(check, each), sql=check.sql) for check in checks if check.sql
    }
    if not questions:
        return None
    return Asked(at=now, questions=questions, manifest=_manifest(record, each, questions, number))


def _manifest(
    record: Record, each: Interval, questions: Mapping[str, Question], number: int
) -> dict[str, Any]:
    spec = record.manifest["spec"]
    own = ("job", "interval", "n")
    labels = {f"{LABELS}/{name}": record.manifest["metadata"]["labels"][f"{LABELS}/{name}"] for name in own}
    argument = {
        "asked": [question.model_dump() for question in questions.values()],
        "words": {"start": each.start.isoformat(), "end": each.end.isoformat(), "key": each.key},
    }
    driver = {name: part for name, part in (spec.get("driver") or {}).items() if name in _OF_ROLE}
    return {
        "apiVersion": record.manifest["apiVersion"],
        "kind": record.manifest["kind"],
        "metadata": {
            "name": record.run.sql_check_again(number),
            "namespace": record.namespace,
            "labels": {**labels, LABEL: label(number)},
        },
        "spec": {
            **{name: spec[name] for name in _OF_SPEC if name in spec},
            "type": "Python",
            "mode": "cluster",
            "mainApplicationFile": f"local://{FOLDER}/{PROGRAM}",
            # Kubernetes fills in what looks like a variable of the pod: $(NAME).
            "arguments": [json.dumps(argument).replace("$", "\\u0024")],
            "restartPolicy": {"type": "Never"},
            "sparkConf": {
                **{
                    key: value
                    for key, value in (spec.get("sparkConf") or {}).items()
                    if key.startswith(_CONF)
                },
                # All in the driver's pod: it asks for no executor.
                "spark.kubernetes.driver.master": "local[1]",
                "spark.dynamicAllocation.enabled": "false",
                # As footers are judged: a time without a zone is in UTC.
                "spark.sql.session.timeZone": "UTC",
            },
            "volumes": [
                {
                    "name": "sql-check",
                    "configMap": {"name": CONFIG_MAP, "items": [{"key": PROGRAM, "path": PROGRAM}]},
                }
            ],
            "driver": {
                **driver,
                "cores": 1,
                "coreRequest": CORES,
                "memory": MEMORY,
                "volumeMounts": [{"name": "sql-check", "mountPath": FOLDER, "readOnly": True}],
            },
            # There is none, and a namespace's quota is asked for the least that one could be.
            "executor": {"instances": 1, "cores": 1, "coreRequest": "100m", "memory": "512m"},
        },
    }


def answer(asked: Asked, driver: Json | None) -> Answer:
    """What the driver of an application that went well says.

    Args:
        asked: what it was asked.
        driver: its pod.
    """
    message = (objects.container(driver).get("terminated") or objects.NOTHING).get("message") or ""
    try:
        said = _Message.model_validate_json(message).answer
        pairs = zip(asked.questions.items(), said, strict=True)
        counts = {name: _count(question, each) for (name, question), each in pairs}
    except ValueError:
        return Answer(asked=asked.at, sentence="its driver's pod does not have its answer")
    return Answer(asked=asked.at, counts=counts)


def _count(question: Question, said: tuple[int, int, int] | _Error) -> Count:
    if isinstance(said, _Error):
        return Count(question=question, error=said.error)
    rows, broken, unknown = said
    return Count(question=question, rows=rows, broken=broken, unknown=unknown)
