"""The table of all services for docs/services.md, made of their records: `make generated` writes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from components.records.every import RECORDS
from components.records.model import PodRequest, ServiceRecord
from components.records.rights import Grant, PolicyRule

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "services.md"

_HEAD: Final = """# Services

What runs in the cluster besides jobs, one row a service. `make generated` writes this page from the records
in `components/records/`; settings, costs, walls, monitors and rights are made from the same. CPU and memory
are those on AWS, after a slash those on clusters without the upstream charts, where they differ. Most pods
also reach the cluster's DNS, Prometheus what is scraped, the login each page, and all what a setting names: a
receiver of alerts, a repository, a place for metrics.

"""

_COLUMNS: Final = (
    "service",
    "namespaces",
    "ports",
    "images of its own",
    "pods reserve",
    "ways out",
    "rights",
)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


def page() -> str:
    """Make the page's text."""
    lines = [_line(_COLUMNS), "|" + "---|" * len(_COLUMNS)]
    lines += [_line(_row(name, record)) for name, record in RECORDS.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _line(cells: tuple[str, ...]) -> str:
    # A bar would end the cell.
    return "| " + " | ".join(cell.replace("|", "\\|") or "none" for cell in cells) + " |"


def _row(name: str, record: ServiceRecord) -> tuple[str, ...]:
    return (
        f"`{name}`: {record.title}",
        _all(f"`{each}`" for each in record.places),
        _all(_ports(record)),
        _all(f"`{each}`{' (not on AWS)' if source.chart else ''}" for each, source in record.images.items()),
        _all(_sizes(record)),
        _all(
            f"`{pod}`: {'; '.join(reach.value for reach in reaches) or 'nowhere'}"
            for pod, reaches in record.reaches.items()
        ),
        _all(_rights(record)),
    )


def _all(found: Iterator[str]) -> str:
    return "<br>".join(found)


def _ports(record: ServiceRecord) -> Iterator[str]:
    if record.page:
        yield f"{record.page.port} page `{record.page.path}`"
    yield from (f"{port} {what}" for what, port in record.ports.items())
    yield from (f"{each.port} metrics of `{each.part}`" for each in record.scraped)
    if record.node_port:
        yield f"of every node: `{'.'.join(record.node_port)}`"


def _sizes(record: ServiceRecord) -> Iterator[str]:
    yield from (f"`{pod}` {_size(request)}" for pod, request in record.pods.items())
    yield from (f"`{pod}` {_size(request)}, for moments" for pod, request in record.passing.items())


def _size(request: PodRequest) -> str:
    only = " (on AWS)" if request.chart else ""
    smaller = f" / {_plain(request.smaller)}" if request.smaller else ""
    where = f", on {request.where.value}" if request.where != "platform" else ""
    return f"{_plain(request)}{smaller}{where}{only}"


def _plain(request: PodRequest) -> str:
    if request.cpu is None and request.memory is None:
        return "as settings say"
    return f"{request.cpu}, {request.memory or 'memory by a setting'}"


def _rights(record: ServiceRecord) -> Iterator[str]:
    for grant in record.grants:
        yield f"`{grant.account}` in {_place(grant)}: {_rules(grant.rules)}"
    for account, rules in record.tenant_rules.items():
        if rules:
            yield f"`{account}` in each tenant's namespace: {_rules(rules)}"


def _place(grant: Grant) -> str:
    return "the whole cluster" if grant.place is None else f"`{grant.place}`"


def _rules(rules: tuple[PolicyRule, ...]) -> str:
    return "; ".join(f"{', '.join(rule.verbs)} {', '.join(rule.resources)}" for rule in rules)
