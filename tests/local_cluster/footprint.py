"""What a machine holds (processes, mounts, links, rules, settings, files), to compare two moments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import psutil

from local.cluster import cgroups, firewall, network, teardown

FOLDERS: Final = (
    Path("/etc"),
    Path("/opt"),
    Path("/run"),
    Path("/usr/libexec"),
    Path("/var/lib"),
    Path("/var/log"),
)
"""Folders that a container runtime, a kubelet or a network plugin could write to."""

SETTINGS_ROOTS: Final = (
    Path("/proc/sys/net/ipv4"),
    Path("/proc/sys/net/ipv6/conf"),
    Path("/proc/sys/net/bridge"),
    Path("/proc/sys/net/netfilter"),
    Path("/proc/sys/kernel"),
    Path("/proc/sys/vm"),
)
"""Kernel settings that are compared."""

VOLATILE_SETTINGS: Final = re.compile(
    r"/(random/.*|pty/nr|ns_last_pid|nf_conntrack_count|stat_refresh|compact_memory|drop_caches|"
    r"ngroups_max|tainted|boot_id|fs/.*-nr|neigh/(?!default).*|route/flush|tcp_fastopen_key|"
    r"min_free_kbytes|perf_event_max_sample_rate|ipv4/tcp_mem|ipv4/udp_mem)$"
)
"""Settings that are readings, change by themselves, or act when they are read."""

ENTRIES_MAX: Final = 200_000
"""Files looked at below FOLDERS; a machine with more would make the comparison slow, not wrong."""


@dataclass(frozen=True)
class Footprint:
    """A machine at one moment, as seen from one network namespace.

    Args:
        processes: command lines of processes, with their pids.
        mounts: mount points.
        cgroups: control groups.
        links: network links.
        routes: routes.
        rules: netfilter's rules, chains, tables and counters.
        settings: kernel settings with their values.
        files: files and folders.
    """

    processes: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    links: frozenset[str]
    routes: frozenset[str]
    rules: frozenset[str]
    settings: frozenset[str]
    files: frozenset[str]


def take(*, folders: Iterable[Path] = FOLDERS, ignore: Iterable[Path] = ()) -> Footprint:
    """The machine as it is now.

    Args:
        folders: where files are looked for.
        ignore: files, folders and mounts at or below these paths are left out.
    """
    skipped = tuple(ignore)
    return Footprint(
        processes=frozenset(_processes()),
        mounts=frozenset(str(path) for path in _mounts() if not _below(path, skipped)),
        cgroups=frozenset(_cgroups()),
        links=frozenset(str(link["ifname"]) for link in network.links()),
        routes=frozenset(_routes()),
        rules=frozenset(_rules()),
        settings=frozenset(f"{name} = {value}" for name, value in _settings().items()),
        files=frozenset(_files(folders, skipped)),
    )


def difference(before: Footprint, after: Footprint) -> dict[str, dict[str, list[str]]]:
    """What came and what went between two moments; empty when nothing did.

    Args:
        before: the first moment.
        after: the second moment.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for part in fields(Footprint):
        was, is_now = getattr(before, part.name), getattr(after, part.name)
        if was != is_now:
            found[part.name] = {"came": sorted(is_now - was), "went": sorted(was - is_now)}
    return found


def _processes() -> Iterable[str]:
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if command:
            yield f"{process.pid} {command}"


def _mounts() -> Iterable[Path]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        yield Path(teardown.unescape(line.split()[teardown.MOUNT_PATH_FIELD]))


def _cgroups() -> Iterable[str]:
    for hierarchy in cgroups.hierarchies():
        for folder in hierarchy.rglob("*"):
            if folder.is_dir():
                yield str(folder)


def _routes() -> Iterable[str]:
    for family in ("-4", "-6"):
        for line in network.run("ip", family, "route", "show", "table", "all", check=False).splitlines():
            yield f"{family} {re.sub(r' (expires|error) -?[0-9]+(sec)?', '', line).strip()}"


def _rules() -> Iterable[str]:
    for table in firewall.tables():
        where = f"{table.family} {table.name}"
        yield from (f"{where} {rule}" for rule in table.appended)
        yield from (f"{where} chain {chain}" for chain in table.chains)
        yield from (
            f"{where} {chain} {policy}" for chain, policy in table.policies.items() if policy != "ACCEPT"
        )
    yield from (f"table {name}" for name in firewall.nft_tables())
    yield from (f"counter {name}" for name in firewall.counters())


def _settings() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for root in SETTINGS_ROOTS:
        for file in root.rglob("*") if root.is_dir() else ():
            if VOLATILE_SETTINGS.search(str(file)) or not file.is_file():
                continue
            try:
                found[str(file.relative_to("/proc/sys"))] = file.read_text().strip()
            except (OSError, UnicodeDecodeError):
                continue
    return found


def _files(folders: Iterable[Path], skipped: tuple[Path, ...]) -> Iterable[str]:
    seen = 0
    for folder in folders:
        pending = [folder]
        while pending and seen < ENTRIES_MAX:
            current = pending.pop()
            try:
                entries = list(current.iterdir())
            except OSError:
                continue
            for entry in entries:
                if _below(entry, skipped):
                    continue
                seen += 1
                yield str(entry)
                if entry.is_dir() and not entry.is_symlink():
                    pending.append(entry)


def _below(path: Path, roots: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(root) for root in roots)
