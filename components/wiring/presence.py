"""Which services a stack has, and what of each: all that others count, scrape, push or show goes by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from components import wiring
from components.records.every import RECORDS
from components.records.model import Page, PodRequest, Scrape, ServiceRecord
from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Presence:
    """What a stack has of a service, besides what the service's record says; `wanted` of its wiring makes it.

    Args:
        without: pods of the record that the stack does not have.
        cpu: CPU that the settings give a pod, as a Kubernetes quantity of cores.
        memory: memory that the settings give a pod, as a Kubernetes quantity of bytes.
        volumes: what its volumes are called in a bill -> size, as a Kubernetes quantity of bytes.
        page: the page that people open of it, where that is not the record's.
        ours: True if no upstream chart runs it: its pods are smaller.
    """

    without: frozenset[str] = frozenset()
    cpu: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    page: Page | None = None
    ours: bool = False


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of a stack.

    Args:
        record: what others have to know of it.
        presence: what the stack has of it.
    """

    record: ServiceRecord
    presence: Presence

    @property
    def page(self) -> Page | None:
        """What people open of it."""
        return self.presence.page or self.record.page

    @property
    def scraped(self) -> list[Scrape]:
        """What Prometheus takes of it."""
        return [each for each in self.record.scraped if each.part not in self.presence.without]

    @property
    def pods(self) -> dict[str, PodRequest]:
        """What each of its pods reserves, with what the settings say of it."""
        return {
            name: self._sized(name, request.ours if self.presence.ours else request)
            for name, request in self.record.pods.items()
            if name not in self.presence.without and not (request.chart and self.presence.ours)
        }

    def _sized(self, name: str, request: PodRequest) -> PodRequest:
        return PodRequest(
            cpu=self.presence.cpu.get(name, request.cpu),
            memory=self.presence.memory.get(name, request.memory),
            where=request.where,
        )


def services(settings: Settings) -> dict[str, Service]:
    """List the services of a stack, by name.

    Args:
        settings: the stack's settings.
    """
    found = {name: presence(name, settings) for name in RECORDS}
    return {
        name: Service(record=RECORDS[name], presence=each) for name, each in found.items() if each is not None
    }


def presence(name: str, settings: Settings) -> Presence | None:
    """What a stack has of a service; None if it does not have it.

    Args:
        name: the service's, as of its record and of its module of `components.wiring`.
        settings: the stack's settings.
    """
    module = import_module(f"{wiring.__name__}.{name}")
    wanted: Callable[[Settings], Presence | None] = module.wanted
    return wanted(settings)
