"""`make up` and its siblings: tools, cluster, images, `pulumi up`, and the first job, in that order."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

import images
from local import cluster, debian, removal
from rehearsal import plans
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

EXTERNAL_STATE = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "spark-on-eks"
"""Pulumi's state for a cluster that is not ours: it has to outlive this machine's embedded one."""

LOCAL_STACK = "local"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which cluster a command is about.

    Args:
        stack: the Pulumi stack and its state.
        embedded: whether the cluster is the one that this machine runs itself.
        kubeconfig: how to reach it.
    """

    stack: Stack
    embedded: bool
    kubeconfig: Path

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's administrator."""
        return Kubectl(self.kubeconfig)


def target(stack_name: str = LOCAL_STACK) -> Target:
    """The cluster and stack that the environment chooses: KUBECONFIG's, or the embedded one.

    Args:
        stack_name: which Pulumi.<stack>.yaml.

    Raises:
        ReportedError: the stack is on AWS, KUBECONFIG names a missing file, or the embedded cluster cannot
            hold the stack.
    """
    if is_on_aws(stack_name):
        raise ReportedError(
            f"the stack {stack_name} is on AWS, and from here nothing reaches an account",
            hint=f"`make preview STACK={stack_name}` shows its plan; to apply it for real, use `pulumi up` "
            "as docs/aws.md says",
        )
    if cluster.uses_external_cluster():
        kubeconfig = Path(os.environ["KUBECONFIG"].split(os.pathsep)[0])
        if not kubeconfig.is_file():
            raise ReportedError(
                f"KUBECONFIG is {kubeconfig}, and there is no such file",
                hint="unset it to use the cluster of this machine, or name an existing one",
            )
        stack = Stack(name=stack_name, state=EXTERNAL_STATE, kubeconfig=kubeconfig)
        return Target(stack=stack, embedded=False, kubeconfig=kubeconfig)
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
        # The embedded node keeps all that is its own in one folder, which `make down` removes.
        overrides={
            ("observability", "logs", "podLogs"): str(spec.pod_logs),
            ("observability", "logs", "stateFolder"): str(spec.state / "log-collector"),
            ("foundation", "enforcesNetworkPolicy"): spec.network_policies,
            ("foundation", "apiServerCidrs"): [f"{spec.api_service}/32", f"{spec.gateway}/32"],
        },
    )
    return Target(stack=stack, embedded=True, kubeconfig=spec.kubeconfig)


def up(
    console: Console, stack_name: str = LOCAL_STACK, *, job: bool = True, remove_tenants: bool = False
) -> None:
    """Bring the platform up and run the flights job; what is there already is left alone.

    Args:
        console: where progress goes.
        stack_name: which stack to apply.
        job: whether to run the job at the end.
        remove_tenants: whether tenants that the stack file no longer names go without a question.

    Raises:
        ReportedError: something a person can act on went wrong.
    """
    started = time.monotonic()
    where = target(stack_name)
    wanted = {tenant.namespace for tenant in _settings(where).all_tenants}
    prepare(console, where)
    if not remove_tenants:
        removal.confirm(console, gone=removal.gone(where.stack, wanted))
    apply(console, where)
    if job:
        import flights

        outputs = pulumi_cli.outputs(where.stack)
        flights.demonstrate(console, where.kubectl, outputs)
        for name, output in (("Signals", "signalsUrl"), ("Kept logs", "logsUrl")):
            if address := outputs.get(output):
                console.print(f"{name}: {address}", soft_wrap=True)
    console.print(f"up in {minutes(time.monotonic() - started)}")


def prepare(console: Console, where: Target) -> None:
    """Everything that `pulumi up` needs: tools, and on this machine the images and the cluster."""
    if where.embedded:
        build(console)
        cluster.up(say=console.print)
        images.import_all(cluster.ClusterSpec().containerd_socket, console=console)
    else:
        progress.ensure(console)


def build(console: Console) -> None:
    """What this machine lacks: Debian packages, tools and images."""
    debian.ensure(announce=console.print)
    # Compilers leave a fifth of two cores idle; what these images wait for is mostly downloads.
    with ThreadPoolExecutor(max_workers=1) as pool:
        early = pool.submit(images.build_all, names=images.need_no_tool(), console=console, beside=True)
        progress.ensure(console)
        early.result()
    images.build_all(console=console)


def apply(console: Console, where: Target) -> None:
    """`pulumi up`.

    Raises:
        ReportedError: Pulumi failed; its own output says why.
    """
    console.rule(f"pulumi up --stack {where.stack.name}", align="left")
    done = pulumi_cli.up(where.stack)
    if done.returncode:
        raise ReportedError(
            f"pulumi up failed (exit {done.returncode}); the reason is above",
            hint="mend it and run the same command again: what was made is kept",
        )


def preview(console: Console, stack_name: str = LOCAL_STACK) -> None:
    """`pulumi preview` against the target's cluster; of a stack on AWS, with stand-ins for its providers.

    Raises:
        ReportedError: Pulumi failed; its own output says why.
    """
    if is_on_aws(stack_name):
        plans.show(console, stack_name)
        return
    done = pulumi_cli.preview(target(stack_name).stack)
    if done.returncode:
        raise ReportedError(f"pulumi preview failed (exit {done.returncode}); the reason is above")


def down(console: Console) -> None:
    """Remove the embedded cluster, its data, and Pulumi's state of it."""
    if cluster.uses_external_cluster():
        raise ReportedError(
            "KUBECONFIG names a cluster that is not ours, and `down` removes the cluster of this machine",
            hint="unset KUBECONFIG; to take the platform off another cluster, run `pulumi destroy`",
        )
    if not cluster.down(say=console.print):
        console.print("there is nothing to remove")


def status(console: Console) -> None:
    """What runs, and where to look."""
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
    show(console, pulumi_cli.outputs(where.stack))


def metrics_cost(console: Console, stack_name: str = LOCAL_STACK) -> None:
    """Measure what watching costs, and show it.

    Raises:
        ReportedError: the platform is not up, or is not watched.
    """
    import metering

    where = target(stack_name)
    outputs = pulumi_cli.outputs(where.stack)
    if "prometheusUrl" not in outputs:
        raise ReportedError(
            "the stack has no Prometheus", hint="set observability.enabled, and run `make up`"
        )
    interval = _settings(where).observability.scrape_interval_seconds
    prometheus = metering.Prometheus(outputs["prometheusUrl"])
    measured = metering.measure(prometheus, outputs["namespaces"], interval_seconds=interval)
    metering.show(measured, console.print)


def _settings(where: Target) -> Settings:
    from components.settings import SettingsError, parse

    file = stack_file(where.stack.name, where.stack.root)
    try:
        return parse(written_settings(file), source=file.name)
    except SettingsError as error:
        raise ReportedError(str(error), hint="mend it there") from None


def show(console: Console, outputs: dict[str, Any]) -> None:
    """Print the stack's outputs, as a person reads them."""
    for key, value in sorted(outputs.items()):
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        console.print(f"{key}: {text}", soft_wrap=True, markup=False)
