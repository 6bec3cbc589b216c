"""Brings a control plane that another version made to this version's settings; objects and data stay.

kwokctl writes each component's arguments down when it makes a cluster, and starts it by them ever after. Only
the arguments that we add or replace can be changed: with other ports, names or authorities nothing that was
made before would fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from local.cluster import control_plane, etcd_identity, processes
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

Patch = dict[str, Any]
"""One component's arguments, in kwokctl's form: name, and extraArgs of key, value, override."""


def carry_over(spec: ClusterSpec) -> None:
    """End the control plane, and have it start with today's arguments the next time.

    Repeating it after an interruption does no harm.

    Args:
        spec: a cluster whose control plane has been made, with other settings than today's.

    Raises:
        ReportedError: more than arguments differs, or a process does not end.
    """
    made_with = yaml.safe_load((spec.state / "kwokctl.yaml").read_text())
    wanted = control_plane.configuration(spec)
    if made_with["options"] != wanted["options"]:
        changed = {
            name
            for name in {*made_with["options"], *wanted["options"]}
            if made_with["options"].get(name) != wanted["options"].get(name)
        }
        raise ReportedError(
            f"cluster {spec.name} was made with another {', '.join(sorted(changed))} than this version's",
            hint="run `make down` and then `make up`; its objects and data are then made anew",
        )
    etcd_identity.ensure(spec)
    running = [processes.read_record(spec, name) for name in reversed(control_plane.COMPONENTS)]
    processes.end([record for record in running if record is not None], grace=5)
    noted = control_plane.home(spec) / "kwok.yaml"
    # Behind the cluster's own document kwokctl writes those of its simulations.
    cluster, *others = yaml.safe_load_all(noted.read_text())
    for component in cluster["components"]:
        component["args"] = arguments(
            component["args"],
            _of(made_with["componentsPatches"], component["name"]),
            _of(wanted["componentsPatches"], component["name"]),
        )
    cluster["componentsPatches"] = wanted["componentsPatches"]
    control_plane.write_private(noted, yaml.safe_dump_all([cluster, *others], sort_keys=False))
    control_plane.write_configuration(spec)


def _of(patches: Sequence[Patch], name: str) -> list[dict[str, Any]]:
    return [entry for patch in patches if patch["name"] == name for entry in patch["extraArgs"]]


def arguments(
    now: Sequence[str], made_with: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]]
) -> list[str]:
    """A component's arguments after the change.

    Args:
        now: those that it has, as `--key=value`.
        made_with: what was added to or replaced in kwokctl's own, as extraArgs.
        wanted: what is to be.
    """
    added = {f"--{entry['key']}={entry['value']}" for entry in made_with if not entry["override"]}
    kept = [argument for argument in now if argument not in added]
    for entry in wanted:
        text = f"--{entry['key']}={entry['value']}"
        places = [place for place, argument in enumerate(kept) if argument.startswith(f"--{entry['key']}=")]
        if places:
            kept[places[-1]] = text
        else:
            kept.append(text)
    return kept
