"""An application while it is written: its parts, and what a person has to know of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from emr.model.job import Job
from emr.model.ledger import End, Finding, Ledger, Level
from emr.model.tree import Leaf, filled, holes, shown
from emr.translate import paths
from emr.translate.answers import Answers
from emr.translate.flow import Work
from emr.translate.secrets import masked

ROLES: Final = ("driver", "executor")


@dataclass(kw_only=True)
class Draft:
    """What becomes of a job.

    Args:
        job: what it is today.
        work: what it shares with the other jobs of its description.
        answers: what a person has decided.
        ledger: where the account is kept.
        name: of the application.
        target: release of Spark that it gets.
        templated: whether Airflow fills in `{{ ... }}` when a run starts.
        conf: properties that are kept.
        environment: role -> variable -> value.
        secrets: role -> variable -> key of the job's Secret.
        deps: kind -> files.
        retries: further tries.
        buckets: that the job reads or writes.
        s3: paths of `s3://` that were written as `s3a://`.
        problems: codes of what keeps it from being written.
    """

    job: Job
    work: Work
    answers: Answers
    ledger: Ledger
    name: str
    target: str = ""
    templated: bool = False
    conf: dict[str, Leaf] = field(default_factory=dict)
    environment: dict[str, dict[str, str]] = field(default_factory=lambda: {role: {} for role in ROLES})
    secrets: dict[str, dict[str, str]] = field(default_factory=lambda: {role: {} for role in ROLES})
    deps: dict[str, list[str]] = field(default_factory=dict)
    retries: int = 0
    buckets: set[str] = field(default_factory=set)
    s3: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def secret_name(self) -> str:
        """Name of the Secret that a person makes for the job."""
        return f"{self.name}-secrets"

    def note(
        self, found: Leaf | str, level: Level, code: str, why: str, todo: str = "", *, name: str = ""
    ) -> None:
        """Tell of a place of the input.

        Args:
            found: what stands there, or the place alone.
            level: how much of it is left.
            code: a word for programs.
            why: the reason.
            todo: what to do.
            name: what the value is called, as some names make a secret of it.
        """
        if level is Level.BLOCKED and code not in self.problems:
            self.problems.append(code)
        value = masked(shown(found.text), name) if isinstance(found, Leaf) else ""
        self.ledger.note(
            Finding(
                at=found.at if isinstance(found, Leaf) else found,
                level=level,
                code=code,
                why=why,
                todo=todo,
                value=value,
                job=self.job.name,
                job_at=self.job.at,
                end=End.DROPPED if level is Level.EXACT else End.REPORTED,
            )
        )

    def known(self, found: Leaf) -> Leaf:
        """A word with its holes filled in from the answers; what stays open blocks the job.

        Args:
            found: the word.
        """
        if wanted := paths.placeholder(found.text):
            self.note(
                found,
                Level.BLOCKED,
                "PLACEHOLDER",
                f"{wanted} was left for somebody to fill in",
                "fill it in",
            )
        if not holes(found.text):
            return found
        text = filled(found.text, self.answers.variables)
        for name in holes(text):
            self.note(
                found,
                Level.BLOCKED,
                "UNKNOWN_VALUE",
                f"{masked(name)} is known only when it runs",
                f"write its value among the answers: variables: {{{masked(name)}: ...}}",
            )
        return found.with_text(text)
