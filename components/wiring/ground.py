"""What every service is wired with: the settings, what it stands on, and what lies around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi

from components.domain import Tenant
from components.foundation.outputs import FoundationOutputs
from components.kube.image_digests import in_pods
from components.kube.image_tags import image_ref
from components.kube.network_rules import NetworkPlan, ServiceName
from components.naming import LOGIN_NAMESPACE, MONITORING_NAMESPACE
from components.records.jobs import PAGE
from components.records.model import Page
from components.settings import Settings
from components.wiring.tenancy import job_tenants

ROOT: Final = Path(__file__).resolve().parents[2]
"""The project's folder: image tags are made from what lies in it."""

PAGES_OF_JOBS: Final = ServiceName(name=PAGE.service, namespace=PAGE.namespace)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every service is wired with.

    Args:
        settings: the stack's settings.
        foundation: what the platform stands on.
        options: options of every component in the cluster: its provider, and what it waits for.
    """

    settings: Settings
    foundation: FoundationOutputs
    options: pulumi.ResourceOptions

    @property
    def network(self) -> NetworkPlan:
        """What lies around the platform's namespaces."""
        watched = self.settings.observability.enabled
        return NetworkPlan(
            storage=self.foundation.storage,
            api_server_cidrs=self.foundation.api_server_cidrs,
            api_server_port=self.foundation.api_server_port,
            monitoring_namespace=MONITORING_NAMESPACE if watched else None,
            login_namespace=LOGIN_NAMESPACE if self.foundation.pages else None,
            database_cidrs=self.foundation.database.cidrs if self.foundation.database else None,
            karpenter=self.foundation.upstream_charts,
            shows_drivers=PAGES_OF_JOBS if self.settings.jobs.enabled else None,
        )

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        """All who run jobs."""
        return job_tenants(self.settings)

    @property
    def namespaces(self) -> list[str]:
        """Namespaces in which jobs run, the canary's among them."""
        return [tenant.namespace for tenant in self.tenants]

    def shown(self, page: Page) -> str:
        """Address of a page: a browser's where there is one for all pages, else that inside the cluster.

        Args:
            page: the page.
        """
        door = self.foundation.pages
        return f"{door.address}/{page.path}" if door else page.url

    def image(self, name: str) -> str:
        """Reference of one of the platform's own images.

        Args:
            name: a key of `components.kube.image_tags.IMAGES`.
        """
        foundation = self.foundation
        return image_ref(name, registry=foundation.registry, root=ROOT, made_of=foundation.images_made_of)

    def pinned_image(self, name: str) -> str:
        """The same by its recorded digest, if it has one: for what is known before anything exists.

        Args:
            name: a key of `components.kube.image_tags.IMAGES`.
        """
        reference = self.image(name)
        digest = self.foundation.digests.get(reference)
        return digest if isinstance(digest, str) else reference

    @property
    def options_with_digests(self) -> pulumi.ResourceOptions:
        """Options of a component whose pods run images that have a digest."""
        transforms = pulumi.ResourceOptions(transforms=in_pods(self.foundation.digests))
        return pulumi.ResourceOptions.merge(self.options, transforms)
