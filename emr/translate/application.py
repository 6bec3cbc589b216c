"""Makes the application of a job: the object that the operator takes. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.naming import DRIVER_ACCOUNT, EXECUTOR_ACCOUNT
from components.versions import SPARK, SPARK_LTS
from emr.model.job import Form, Job
from emr.model.ledger import Finding, Ledger, Level
from emr.model.tree import Leaf, holes, shown
from emr.translate import engine, files, labels, properties, sizes, words
from emr.translate.answers import Answers
from emr.translate.draft import ROLES, Draft
from emr.translate.flow import Work
from emr.translate.secrets import masked

LONGEST: Final = 43
"""Characters of a name: as a schedule it may have no more (docs/walls.md)."""

LIFE_SECONDS: Final = 86400
"""A day to read the log; then the pods and the object go."""

RETRY_SECONDS: Final = 60
_NO_JOB: Final = {"--kill", "--status", "--version", "--help", "--usage-error"}
_SAID: Final = {
    "--supervise": "it restarts drivers of Spark's own cluster manager: restartPolicy takes its place",
    "--verbose": "it prints the settings, which the page of a run shows",
    "--total-executor-cores": "it is for Spark's own cluster manager and Mesos: YARN ignores it",
    "--load-spark-defaults": "the platform's defaults count anyway",
}


@dataclass(frozen=True, kw_only=True)
class Application:
    """What a job becomes.

    Args:
        job: its name today.
        at: where it is described.
        name: of the object.
        manifest: the SparkApplication; None if it is blocked, or is no job.
        sizes: what driver and executors ask for, as parts of a spec; also of a job that is blocked.
        problems: codes of what blocks it.
        on_failure: what EMR does when it fails; empty for nothing.
        buckets: that it reads or writes.
        s3: paths of `s3://` that were written as `s3a://`.
        secrets: keys of the Secret that a person has to make, by variable.
        around: what has to be done by hand for all jobs of its description, such as bootstrap actions.
    """

    job: str
    at: str
    name: str
    manifest: Mapping[str, Any] | None
    sizes: Mapping[str, Any]
    problems: tuple[str, ...]
    on_failure: str
    buckets: tuple[str, ...]
    s3: int
    secrets: Mapping[str, str]
    around: tuple[Finding, ...] = ()

    def findings(self, ledger: Ledger) -> list[Finding]:
        """What is told of this job, and of all jobs of its description.

        Args:
            ledger: of its file.
        """
        own = [each for each in ledger.findings if (each.job, each.job_at) == (self.job, self.at)]
        return [*self.around, *own]


def write(
    job: Job, work: Work, answers: Answers, ledger: Ledger, *, namespace: str, templated: bool
) -> Application:
    """Write a job's application.

    Args:
        job: what it is today.
        work: what it shares with others.
        answers: what a person has decided.
        ledger: where the account is kept.
        namespace: where it will run.
        templated: whether Airflow fills in `{{ ... }}`.
    """
    draft = Draft(job=job, work=work, answers=answers, ledger=ledger, name=name_of(job), templated=templated)
    draft.retries = job.retries
    _submission(draft)
    draft.target = _release(draft)
    _staged(draft)
    properties.place(draft, properties.effective(draft))
    properties.environment(draft)
    for role in ROLES:
        draft.environment[role] = {
            key: words.s3(draft, words.templated(draft, Leaf(value, job.at)).text)
            for key, value in draft.environment[role].items()
        }
    spec = _spec(draft)
    manifest = {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": draft.name, "namespace": namespace, "annotations": _annotations(draft)},
        "spec": spec,
    }
    if job.on_failure:
        _on_failure(draft)
    return Application(
        job=job.name,
        at=job.at,
        name=draft.name,
        manifest=None if draft.problems else manifest,
        sizes={key: spec[key] for key in ("driver", "executor", "dynamicAllocation") if key in spec},
        problems=tuple(draft.problems),
        on_failure=job.on_failure,
        buckets=tuple(sorted(draft.buckets)),
        s3=draft.s3,
        secrets={name: key for role in ROLES for name, key in sorted(draft.secrets[role].items())},
    )


def name_of(job: Job) -> str:
    """Name of an object: what people call the job, and eight digits of what it runs.

    Args:
        job: the job.
    """
    submission = job.submission
    said = [
        job.name,
        submission.program.text if submission.program else "",
        [each.text for each in submission.arguments],
        [[each.name, each.value.text if each.value else ""] for each in submission.options],
    ]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", masked(shown(job.name)).lower()).strip("-")
    slug = slug if re.match(r"[a-z]", slug) else f"job-{slug}".rstrip("-")
    return f"{slug[: LONGEST - 9].rstrip('-')}-{digest}"


def _submission(draft: Draft) -> None:
    """What of the call itself blocks the job, or goes."""
    submission = draft.job.submission
    if wrong := [each for each in submission.options if each.name in _NO_JOB]:
        draft.note(wrong[0].word, Level.BLOCKED, "NO_JOB", f"{wrong[0].name} starts no job", "leave it out")
    elif submission.wrong:
        draft.note(
            draft.job.at,
            Level.BLOCKED,
            "SUBMISSION",
            f"Spark refuses this call: {masked(shown(submission.wrong))}",
            "mend the call",
        )
    for option in submission.options:
        if option.name in _SAID:
            draft.note(option.word, Level.EXACT, "OPTION", f"{option.name}: {_SAID[option.name]}")
            if option.value is not None:
                draft.note(option.value, Level.EXACT, "OPTION", f"{option.name}: {_SAID[option.name]}")
        elif option.name == "--proxy-user" and option.value is not None:
            draft.ledger.use(option.word)
            draft.note(
                option.value,
                Level.CHANGED,
                "PROXY_USER",
                "there is no other user to act for: a job acts for its namespace",
                "put jobs with other rights into other namespaces",
            )
        elif option.name == "--properties-file" and option.value is not None:
            _properties_file(draft, option.word.at, option.value.text)


def _staged(draft: Draft) -> None:
    """A job between copies into HDFS and out of it works there, though no argument of its own says so."""
    for path in draft.work.staged:
        if draft.answers.path(path.text) is None:
            draft.note(
                path,
                Level.BLOCKED,
                "STAGED",
                f"a step copies {path.text} for this job, or from it: it is in HDFS, which no pod has",
                "have the program read and write S3, delete the copies, and say so by the answers: "
                f'paths: {{"{path.text}": s3a://...}}',
            )


def _properties_file(draft: Draft, at: str, text: str) -> None:
    if draft.answers.path(text) == "":
        draft.note(at, Level.CHANGED, "PROPERTIES_FILE", "left out, as the answers say")
        return
    draft.note(
        at,
        Level.BLOCKED,
        "PROPERTIES_FILE",
        f"settings stand in {shown(text)}, which is not among the inputs",
        f'write them as --conf, or leave it out by the answers: paths: {{"{shown(text)}": ""}}',
    )


def _release(draft: Draft) -> str:
    """Release of Spark that the job gets; what blocks it, or what has to be done, is noted."""
    label = draft.work.cluster.label
    text = draft.answers.label or (draft.known(label).text if label else "")
    if not text:
        return _assumed(draft)
    found = labels.release(text)
    if found is None:
        draft.note(
            label if label is not None else draft.job.at,
            Level.BLOCKED,
            "LABEL",
            f"{masked(shown(text))} is no release label that this kit knows: which Spark it has is not "
            f"guessed",
            "write one that has the same Spark among the answers: label: emr-7.9.0",
        )
        return SPARK_LTS
    installed = draft.work.cluster.spark or found.spark
    at = label if label is not None else draft.job.at
    if found.recompile or installed.startswith("2."):
        draft.note(
            at,
            Level.BY_HAND,
            "RECOMPILE",
            f"Spark {installed} -> {SPARK_LTS}: {_jars(found.scala)}; dates before 1582 and patterns of "
            "dates mean something else since Spark 3",
            f"compile it against Spark {SPARK_LTS} and Scala 2.12, and compare its output in a parallel run",
        )
    else:
        draft.note(
            at,
            Level.CHANGED,
            "SPARK",
            f"Spark {installed} of AWS -> Spark {found.target} of Apache"
            + (
                ": the same Spark first, Spark 4 later, or a difference has two causes"
                if found.target == SPARK_LTS
                else ""
            ),
        )
    return found.target


def _jars(scala: str) -> str:
    if scala == "2.12":
        return "jars that were compiled against Spark 2 call what Spark 3 no longer has"
    return f"jars for Scala {scala} do not run on 2.12"


def _assumed(draft: Draft) -> str:
    """The release where nobody names a label: the jar's own name tells Scala apart."""
    program = draft.job.submission.program
    scala = re.search(r"_(2\.1[123])[-_.]", program.text) if program else None
    if scala and scala[1] == "2.11":
        draft.note(
            draft.job.at,
            Level.BY_HAND,
            "RECOMPILE",
            f"a jar for Scala 2.11, which Spark {SPARK_LTS} does not run",
            f"compile it against Spark {SPARK_LTS} and Scala 2.12",
        )
    target = SPARK if scala and scala[1] == "2.13" else SPARK_LTS
    draft.note(
        draft.job.at,
        Level.BY_HAND,
        "RELEASE_ASSUMED",
        f"no release label says which Spark the job has today: Spark {target} is taken",
        "name the cluster's label among the answers: label: emr-6.15.0",
    )
    return target


def _spec(draft: Draft) -> dict[str, Any]:
    file, kind = files.program(draft)
    main = files.main_class(draft, kind)
    files.dependencies(draft)
    engine.class_paths(draft)
    roles = {role: engine.java_options(draft, role) for role in ROLES}
    engine.settle(draft)
    executor = sizes.executor(draft)
    driver = sizes.driver(draft)
    number = sizes.number(draft, executor)
    arguments = words.arguments(draft)
    spec: dict[str, Any] = {
        "type": kind,
        "mode": "cluster",
        "sparkVersion": draft.target,
        "mainApplicationFile": file,
    }
    if main:
        spec["mainClass"] = main
    if arguments:
        spec["arguments"] = arguments
    if draft.deps:
        spec["deps"] = {key: draft.deps[key] for key in sorted(draft.deps)}
    spec["restartPolicy"] = _restarts(draft)
    spec["timeToLiveSeconds"] = LIFE_SECONDS
    spec["driver"] = _role(draft, "driver", driver, roles["driver"], DRIVER_ACCOUNT)
    spec["executor"] = _role(draft, "executor", executor, roles["executor"], EXECUTOR_ACCOUNT)
    if "instances" in number:
        spec["executor"]["instances"] = number["instances"]
    else:
        spec["dynamicAllocation"] = number["dynamicAllocation"]
    if draft.conf:
        spec["sparkConf"] = {key: draft.conf[key].text for key in sorted(draft.conf)}
    return spec


def _role(draft: Draft, role: str, size: sizes.Size, java: str, account: str) -> dict[str, Any]:
    found = size.written()
    found["serviceAccount"] = account
    if java:
        found["javaOptions"] = java
    if variables := draft.environment[role]:
        found["env"] = [{"name": key, "value": variables[key]} for key in sorted(variables)]
    if secrets := draft.secrets[role]:
        found["envSecretKeyRefs"] = {
            name: {"name": draft.secret_name, "key": secrets[name]} for name in sorted(secrets)
        }
    return found


def _restarts(draft: Draft) -> dict[str, Any]:
    if draft.job.streaming:
        draft.note(
            draft.job.at,
            Level.CHANGED,
            "STREAMING",
            "a job that never ends is started again after a failure, 1000 times at most",
            "watch it (docs/signals.md); checkpoints of the old job are not moved: it starts from its "
            "offsets",
        )
        return _retried(1000)
    if not draft.retries:
        return {"type": "Never"}
    draft.note(
        draft.job.at,
        Level.BY_HAND,
        "RETRIES",
        f"it is started again {draft.retries} time(s) when it fails: what a failed run "
        "wrote is there, and the failed driver's pod goes",
        "see that a second run does not write the same rows twice",
    )
    return _retried(min(draft.retries, 1000))


def _retried(times: int) -> dict[str, Any]:
    return {"type": "OnFailure", "onFailureRetries": times, "onFailureRetryInterval": RETRY_SECONDS}


def _annotations(draft: Draft) -> dict[str, str]:
    found = {"from-emr/name": masked(shown(draft.job.name)), "from-emr/at": draft.job.at}
    if draft.work.cluster.name:
        found["from-emr/cluster"] = masked(shown(draft.work.cluster.name))
    if draft.work.cluster.label is not None:
        found["from-emr/label"] = shown(draft.work.cluster.label.text)
    return found


def _on_failure(draft: Draft) -> None:
    action = draft.job.on_failure
    if draft.work.cluster.form is not Form.JOB_FLOW:
        return
    cluster = draft.work.cluster
    if action == "CANCEL_AND_WAIT" and cluster.nodes and not cluster.keep_alive:
        draft.note(
            draft.job.at,
            Level.CHANGED,
            "CANCEL_AND_WAIT",
            "it waits for nothing: the cluster ends when no step is left "
            "(KeepJobFlowAliveWhenNoSteps is false)",
        )
    if holes(action):
        draft.note(
            draft.job.at,
            Level.BY_HAND,
            "ON_FAILURE",
            f"{masked(shown(action))}: only a run knows whether the steps behind it go on after a failure",
            'in Airflow: trigger_rule="all_done" of the next task if it is CONTINUE',
        )
        return
    goes_on = action == "CONTINUE"
    draft.note(
        draft.job.at,
        Level.CHANGED,
        "ON_FAILURE",
        f"{action}: "
        + (
            "the next step runs whatever becomes of this one"
            if goes_on
            else "the steps behind it do not run when it fails"
        ),
        'in Airflow: trigger_rule="all_done" of the next task'
        if goes_on
        else "in Airflow: the tasks in a chain, as they are by default",
    )
