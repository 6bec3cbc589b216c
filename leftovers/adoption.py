"""A new stack takes over what an earlier one of its name left, so that `pulumi up` goes on with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from components.aws_plans.leftovers import Kind
from leftovers.account import Kept
from workspace.errors import ReportedError
from workspace.paths import ROOT

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]
"""Runs one `pulumi` command on the stack."""

PROVIDER: Final = "**::pulumi:providers:aws::aws"
"""The provider of everything on AWS. It is made first: what is imported under another would be replaced."""

TYPES: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        "bucket": ("aws:s3/bucket:Bucket", "bucket"),
        "repository": ("aws:ecr/repository:Repository", "name"),
        "log group": ("aws:cloudwatch/logGroup:LogGroup", "name"),
        "key alias": ("aws:kms/alias:Alias", "name"),
    }
)
"""Type of each kind that is imported by its name, and the argument with that.

A snapshot is no resource: the stack file names it."""

KEY: Final = "aws:kms/key:Key"


def snapshot_line(there: Iterable[Kept]) -> str | None:
    """What the stack file has to say for a new database to go on with the last one's data.

    Args:
        there: what is in the account, the newest snapshot first.

    Returns:
        The line; None without a snapshot.
    """
    newest = next((each.id for each in there if each.kind == "snapshot"), None)
    return None if newest is None else f"database: {{rds: {{snapshot: {newest}}}}}"


def pulumi(stack: str) -> Run:
    """Run the `pulumi` of whoever calls, with their backend and credentials.

    Args:
        stack: name of the stack.

    Raises:
        ReportedError: there is no `pulumi`.
    """
    found = shutil.which("pulumi")
    if found is None:
        raise ReportedError("there is no pulumi on PATH", hint="install it as docs/aws.md says")

    def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [found, "--non-interactive", *arguments, "--stack", stack],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def adopt(run: Run, there: Iterable[Kept], *, home: str) -> list[str]:
    """Import leftovers into the stack's state, each as the resource that the program makes of it.

    Pulumi's own preview says which resources it would create; those of them that exist already are imported
    with the components that they belong to. The next `pulumi up` changes them to what the settings say.

    Args:
        run: runs `pulumi` on the stack.
        there: what is in the account.
        home: the stack's own region.

    Returns:
        Names of what was imported.

    Raises:
        ReportedError: a command failed.
    """
    there = list(there)
    known = _with_provider(run)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "import.json"
        plan = _json(_done(run(["preview", "--json", "--import-file", str(file)])))
        chosen = chosen_imports(json.loads(file.read_text()), plan["steps"], there, home=home)
        imported = [entry["id"] for entry in chosen["resources"] if "id" in entry]
        _refuse_second_keys(there, {*imported, *(str(each.get("id")) for each in known)})
        if imported:
            file.write_text(json.dumps(chosen))
            options = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"]
            _done(run(["import", "--file", str(file), *options]))
    return imported


def _with_provider(run: Run) -> list[dict[str, Any]]:
    """What the stack's state holds, the provider among it.

    Only the provider is asked for, so the program may well stop for want of all else; that does not matter.
    """
    tried = run(["up", "--yes", "--skip-preview", "--target", PROVIDER])
    state = _json(_done(run(["stack", "export"])))
    known: list[dict[str, Any]] = state["deployment"].get("resources", [])
    if not any(each["type"] == "pulumi:providers:aws" and each["urn"].endswith("::aws") for each in known):
        _done(tried)
        raise ReportedError("the stack has no AWS provider", hint="is foundation.kind aws?")
    return known


def _refuse_second_keys(there: Iterable[Kept], known: Collection[str]) -> None:
    """What was kept is under a key of its own, and a new one that the stack has made does not open it."""
    for each in there:
        if each.kind == "key" and not {each.id, f"{each.id}@{each.region}"} & set(known):
            raise ReportedError(
                f"the stack has a new key for its buckets already, and theirs is {each.id} in {each.region}",
                hint="destroy the stack, which holds no data yet, and adopt before the next `pulumi up`",
            )


def _done(ended: subprocess.CompletedProcess[str]) -> str:
    if ended.returncode:
        printed = f"{ended.stdout}{ended.stderr}".strip()
        raise ReportedError(f"`pulumi` failed (exit {ended.returncode}):\n{printed[-4000:]}")
    return ended.stdout


def _json(printed: str) -> dict[str, Any]:
    """The document in what a command printed; warnings may stand before it."""
    found: dict[str, Any]
    found, _ = json.JSONDecoder().raw_decode(printed[printed.find("{") :])
    return found


def chosen_imports(
    everything: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], there: Iterable[Kept], *, home: str
) -> dict[str, Any]:
    """Keep of Pulumi's import file what exists, with its id, and the components that it belongs to.

    Args:
        everything: what `pulumi preview --import-file` wrote: all that a first `up` would create.
        steps: steps of that preview, with the arguments.
        there: what is in the account.
        home: the stack's own region; an id elsewhere ends with its region (AWS provider, "Region").
    """
    ids = dict(_ids([step for step in steps if step["op"] == "create"], list(there), home))
    entries = {entry["name"]: entry for entry in everything["resources"]}
    wanted: dict[str, dict[str, Any]] = {}
    for name, entry in entries.items():
        id_ = ids.get((entry["type"], entry.get("logicalName", name)))
        if id_ is not None:
            wanted[name] = {**entry, "id": id_}
            wanted |= {parent: entries[parent] for parent in _above(entries, entry)}
    return {**everything, "resources": list(wanted.values())}


def _above(entries: Mapping[str, Mapping[str, Any]], entry: Mapping[str, Any]) -> Iterator[str]:
    """Names of the components around a resource that are not in the stack yet."""
    parent = str(entry.get("parent"))
    while parent in entries:
        yield parent
        parent = str(entries[parent].get("parent"))


def _ids(
    steps: Sequence[Mapping[str, Any]], there: Sequence[Kept], home: str
) -> Iterator[tuple[tuple[str, str], str]]:
    """Id of each resource that exists, by its type and its name in the program."""
    keys = {(each.name, each.region): each.id for each in there if each.kind == "key"}
    names = {(TYPES[each.kind][0], each.name, each.region): each.id for each in there if each.kind in TYPES}
    arguments = dict(TYPES.values())
    for step in steps:
        state = step["newState"]
        type_, logical = state["type"], step["urn"].rpartition("::")[2]
        inputs = state.get("inputs", {})
        region = inputs.get("region") or home
        suffix = "" if region == home else f"@{region}"
        name = inputs.get(arguments.get(type_, ""))
        if (type_, name, region) in names:
            yield (type_, logical), names[type_, name, region] + suffix
        # A key has no name of its own; its alias is called like it in the program.
        if type_ == TYPES["key alias"][0] and (name, region) in keys:
            yield (KEY, logical), keys[name, region] + suffix
