"""`make up` and its siblings: tools, cluster, images, `pulumi up`, and the first job, in that order."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.prompt import Confirm

import images
from components.records.monitoring import PAGE as PROMETHEUS
from local import cluster, debian, elsewhere, own_registry, pages, removal
from toolchain import progress, pulumi_cli
from toolchain.kubectl import Kubectl
from toolchain.progress import minutes
from toolchain.pulumi_cli import Stack
from workspace import paths
from workspace.errors import ReportedError
from workspace.stack_files import is_on_aws, stack_file
from workspace.stack_files import settings as written_settings

if TYPE_CHECKING:
    from components.settings import Settings
    from components.settings.foundation import KubernetesFoundationSettings

LOCAL_STACK = "local"

STORAGE_CLASS = "standard"
"""Of the embedded node's provisioner."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which cluster a command is about.

    Args:
        stack: the Pulumi stack and its state.
        kubeconfig: how to reach it.
        elsewhere: the cluster that KUBECONFIG names; None for the one that this machine runs itself.
    """

    stack: Stack
    kubeconfig: Path
    elsewhere: elsewhere.Cluster | None = None

    @property
    def embedded(self) -> bool:
        """Whether the cluster is the one that this machine runs itself."""
        return self.elsewhere is None

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's administrator."""
        return Kubectl(self.kubeconfig)


def target(stack_name: str = LOCAL_STACK) -> Target:
    """The cluster and stack that the environment chooses: KUBECONFIG's, or the embedded one.

    Args:
        stack_name: which Pulumi.<stack>.yaml.

    Raises:
        ReportedError: the stack is on AWS, the cluster that KUBECONFIG names won't do, or the embedded
            cluster cannot hold the stack.
    """
    if is_on_aws(stack_name):
        raise ReportedError(
            f"the stack {stack_name} is on AWS, and from here nothing reaches an account",
            hint=f"`make preview STACK={stack_name}` shows its plan; to apply it for real, use `pulumi up` "
            "as docs/aws.md says",
        )
    if cluster.uses_external_cluster():
        found = elsewhere.find(stack_name, _foundation(stack_name))
        return Target(stack=found.stack, kubeconfig=found.kubeconfig, elsewhere=found)
    if stack_name != LOCAL_STACK:
        raise ReportedError(
            f"STACK is {stack_name}, and the cluster of this machine only runs the stack {LOCAL_STACK}",
            hint="set KUBECONFIG to that environment's cluster, or use `pulumi up --stack` directly",
        )
    spec = cluster.ClusterSpec()
    stack = Stack(
        name=stack_name,
        state=paths.STATE / "pulumi",
        kubeconfig=spec.kubeconfig,
        # What only the embedded node is: the stack file fits every cluster. All that the node keeps is in one
        # folder, which `make down` removes.
        overrides={
            ("foundation", "context"): spec.name,
            ("foundation", "storageClass"): STORAGE_CLASS,
            ("observability", "logs", "podLogs"): str(spec.pod_logs),
            ("observability", "logs", "stateFolder"): str(spec.state / "log-collector"),
            ("foundation", "enforcesNetworkPolicy"): spec.network_policies,
            ("foundation", "apiServerCidrs"): [f"{spec.api_service}/32", f"{spec.gateway}/32"],
        },
    )
    return Target(stack=stack, kubeconfig=spec.kubeconfig)


def up(
    console: Console,
    stack_name: str = LOCAL_STACK,
    *,
    job: bool = True,
    remove_tenants: bool = False,
    extra: Mapping[str, str] | None = None,
) -> None:
    """Bring the platform up and run the flights job; what is there already is left alone.

    Args:
        console: where progress goes.
        stack_name: which stack to apply.
        job: whether to run the job at the end.
        remove_tenants: whether tenants that the stack file no longer names go without a question.
        extra: further environment variables of `pulumi up`.

    Raises:
        ReportedError: something a person can act on went wrong.
    """
    started = time.monotonic()
    where = target(stack_name)
    wanted = {tenant.namespace for tenant in _settings(where).all_tenants}
    prepare(console, where)
    if not remove_tenants:
        removal.confirm(console, gone=removal.gone(where.stack, wanted))
    apply(console, where, extra=extra)
    if job:
        import flights

        outputs, forward = _pages(where)
        flights.demonstrate(console, where.kubectl, outputs)
        pages.say(console, outputs, forward, user=_first_user(where.stack.name))
    console.print(f"up in {minutes(time.monotonic() - started)}")


def _pages(where: Target) -> tuple[dict[str, Any], str]:
    """The stack's outputs, with pages where they are reached from here, and the command that this takes."""
    outputs = pulumi_cli.outputs(where.stack)
    return (outputs, "") if where.embedded else pages.reached(where.kubectl, outputs)


def prepare(console: Console, where: Target) -> None:
    """Everything that `pulumi up` needs: tools, images, and on this machine the cluster.

    Args:
        console: where progress is shown.
        where: the cluster, and the stack that goes onto it.
    """
    if where.elsewhere is not None:
        elsewhere.prepare(console, where.elsewhere)
        return
    build(console)
    cluster.up(say=console.print)
    images.import_all(cluster.ClusterSpec().containerd_socket, console=console)


def build(console: Console) -> None:
    """What this machine lacks: Debian packages, tools and images.

    Args:
        console: where progress is shown.
    """
    debian.ensure(announce=console.print)
    # Compilers leave a fifth of two cores idle; what these images wait for is mostly downloads.
    with ThreadPoolExecutor(max_workers=1) as pool:
        early = pool.submit(images.build_all, names=images.need_no_tool(), console=console, beside=True)
        progress.ensure(console)
        early.result()
    images.build_all(console=console)


def apply(console: Console, where: Target, *, extra: Mapping[str, str] | None = None) -> None:
    """`pulumi up`.

    Args:
        console: where the command is named.
        where: the cluster, and the stack that goes onto it.
        extra: further environment variables.

    Raises:
        ReportedError: Pulumi failed; its own output says why.
    """
    console.rule(f"pulumi up --stack {where.stack.name}", align="left")
    done = pulumi_cli.up(where.stack, extra=extra)
    if done.returncode:
        raise ReportedError(
            f"pulumi up failed (exit {done.returncode}); the reason is above",
            hint="mend it and run the same command again: what was made is kept",
        )


def preview(stack_name: str = LOCAL_STACK) -> None:
    """`pulumi preview` against the target's cluster.

    Args:
        stack_name: the stack's.

    Raises:
        ReportedError: Pulumi failed; its own output says why.
    """
    done = pulumi_cli.preview(target(stack_name).stack)
    if done.returncode:
        raise ReportedError(f"pulumi preview failed (exit {done.returncode}); the reason is above")


def down(console: Console, *, sure: bool = False) -> None:
    """Remove the embedded cluster, its data, and Pulumi's state of it; or the platform off another cluster.

    Args:
        console: where progress goes.
        sure: whether not to ask before data goes. A script that names this machine's own cluster is not
            asked either: nobody is there to answer.

    Raises:
        ReportedError: nobody said yes, or Pulumi failed.
    """
    if cluster.uses_external_cluster():
        _leave(console, sure=sure)
        return
    if not sure and sys.stdin.isatty() and cluster.status().exists:
        what = "the platform on this machine would be removed, with all jobs, logs and buckets in it"
        if not Confirm.ask(f"{what}. Remove?", console=console):
            raise ReportedError(f"{what}; nothing was", hint="`make status` says where to look at it")
    if not cluster.down(say=console.print):
        console.print("there is nothing to remove")


def _leave(console: Console, *, sure: bool) -> None:
    what = (
        f"KUBECONFIG names {elsewhere.kubeconfig()}, a cluster that is not ours: the platform would be "
        "removed from it, with all jobs, logs and data in its S3 server"
    )
    if not sure and not (sys.stdin.isatty() and Confirm.ask(f"{what}. Remove?", console=console)):
        raise ReportedError(
            what,
            hint="run `.venv/bin/spark-on-eks down --yes`; unset KUBECONFIG for this machine's own cluster",
        )
    where = target()
    done = pulumi_cli.destroy(where.stack)
    if done.returncode:
        raise ReportedError(
            f"pulumi destroy failed (exit {done.returncode}); the reason is above",
            hint="mend it and run it again",
        )
    if where.elsewhere is not None and where.elsewhere.own_registry:
        own_registry.remove(where.kubectl)


def status(console: Console) -> None:
    """What runs, and where to look.

    Args:
        console: where it is printed.
    """
    where = target()
    if where.embedded:
        state = cluster.status()
        if not state.exists:
            console.print("no cluster; `make up` makes one")
            return
        dead = [name for name, running in state.running.items() if not running]
        console.print(
            "cluster: healthy"
            if state.healthy
            else f"cluster: not running: {', '.join(dead) or 'API or DNS'}"
        )
        if not state.healthy:
            console.print("`make up` repairs it")
            return
    outputs, forward = _pages(where)
    show(console, outputs)
    pages.say(console, outputs, forward, user=_first_user(where.stack.name))


def metrics_cost(console: Console, stack_name: str = LOCAL_STACK) -> None:
    """Measure what watching costs, and show it.

    Args:
        console: where it is printed.
        stack_name: the stack's.

    Raises:
        ReportedError: the platform is not up, or is not watched.
    """
    import metering

    where, outputs = _watched(stack_name)
    interval = _settings(where).observability.scrape_interval_seconds
    with pages.asked(where.kubectl, PROMETHEUS) as address:
        measured = metering.measure(
            metering.Prometheus(address), outputs["namespaces"], interval_seconds=interval
        )
    metering.show(measured, console.print)


def memory(console: Console, stack_name: str = LOCAL_STACK) -> None:
    """Show what the platform's own pods hold of memory.

    Args:
        console: where it is printed.
        stack_name: the stack's.

    Raises:
        ReportedError: the platform is not up, or is not watched.
    """
    import metering

    where, outputs = _watched(stack_name)
    with pages.asked(where.kubectl, PROMETHEUS) as address:
        prometheus = metering.Prometheus(address)
        every = prometheus.by("count by (namespace) (kube_pod_info)", "namespace")
        ours = every.keys() - set(outputs["namespaces"])
        metering.show_memory(metering.memory(prometheus, sorted(ours)), console.print)


def _watched(stack_name: str) -> tuple[Target, Mapping[str, Any]]:
    """A stack with Prometheus, and its outputs.

    Raises:
        ReportedError: the platform is not up, or is not watched.
    """
    where = target(stack_name)
    outputs = pulumi_cli.outputs(where.stack)
    if "prometheusUrl" not in outputs:
        raise ReportedError(
            "the stack has no Prometheus", hint="set observability.enabled, and run `make up`"
        )
    return where, outputs


def password(console: Console, stack_name: str = LOCAL_STACK, user: str = "") -> None:
    """Say the password of somebody who may open the pages.

    Args:
        console: where it goes.
        stack_name: which stack.
        user: who; the stack's first user if empty.

    Raises:
        ReportedError: the platform is not up, or has no such user.
    """
    where = target(stack_name)
    chosen = user or _first_user(stack_name)
    console.print(pages.password(where.stack, chosen), markup=False, highlight=False, soft_wrap=True)


def _foundation(stack_name: str) -> KubernetesFoundationSettings:
    from components.settings.foundation import KubernetesFoundationSettings

    foundation = _parsed(stack_name).foundation
    if not isinstance(foundation, KubernetesFoundationSettings):
        raise ReportedError(f"the stack {stack_name} has a foundation that no kubeconfig reaches")
    return foundation


def _first_user(stack_name: str) -> str:
    """Who may open the pages and is named first."""
    return _foundation(stack_name).login.users[0].name


def _settings(where: Target) -> Settings:
    return _parsed(where.stack.name)


def _parsed(stack_name: str) -> Settings:
    from components.settings import SettingsError, parse

    file = stack_file(stack_name, paths.ROOT)
    try:
        return parse(written_settings(file), source=file.name)
    except SettingsError as error:
        raise ReportedError(str(error), hint="mend it there") from None


def show(console: Console, outputs: dict[str, Any]) -> None:
    """Print the stack's outputs, as a person reads them.

    Args:
        console: where they are printed.
        outputs: values by name.
    """
    for key, value in sorted(outputs.items()):
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        console.print(f"{key}: {text}", soft_wrap=True, markup=False)
