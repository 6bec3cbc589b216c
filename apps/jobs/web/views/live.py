"""The live page of a running driver, and the history server's after its end, under one link.

The page is made by a tenant's code. So it is shown in a sandbox: it has an origin of its own, reads nothing
of ours, and sends no form; and it is only read (GET), never told anything. What such a page asks for comes
without a session, so it has an address with a pass in it (`live_pass`), which the login lets through.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from typing import Any, Final

import httpx2
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from apps.jobs.runs.objects import SELECTOR, labels
from apps.jobs.runs.run import Run
from apps.jobs.web import live_pass
from apps.jobs.web.cluster import HTTP_FORBIDDEN, PODS
from apps.jobs.web.visit import Visit, Visiting, missing

from .run import PLACE, SEE_OTHER, found

ROUTER: Final = APIRouter()

SPARK_UI: Final = 4040
"""Port of a driver's page (Spark: spark.ui.port)."""

SECONDS: Final = 20
LARGEST: Final = 32 * 1024**2

SANDBOX: Final = (
    "sandbox allow-scripts allow-popups; default-src 'self' 'unsafe-inline' data:; form-action 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": SANDBOX,
    # Fonts, and tables that the page fills itself, are read by an origin that is none (Fetch, "CORS check").
    "Access-Control-Allow-Origin": "null",
    # A sandboxed page that also isolates itself is not shown (HTML standard, "cross-origin opener policy").
    "Cross-Origin-Opener-Policy": "unsafe-none",
    # The address is a key: no other site gets to see it.
    "Referrer-Policy": "no-referrer",
}

PASSED: Final = frozenset({"content-type", "etag", "last-modified"})
"""Headers of the driver's that a browser gets: no cookies, no redirects to elsewhere."""

KILL: Final = "kill"
"""Spark ends a job or a stage by a GET of a path that ends so (SparkUI.initialize); the platform turns that
off with spark.ui.killEnabled, and a tenant's code may turn it on."""

STORAGE: Final = b"""<script>(() => {
  const kept = new Map();
  const storage = {
    getItem: (name) => kept.has(name) ? kept.get(name) : null,
    setItem: (name, value) => { kept.set(name, String(value)); },
    removeItem: (name) => { kept.delete(name); },
  };
  for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, {value: storage});
})();</script>"""
"""A page without an origin has no storage, and asking for it is an error (HTML standard, "localStorage").
Spark's scripts remember there what is folded out, and stop halfway without it (executorspage.js, webui.js):
this one forgets with the page."""

_HEAD: Final = b"<head>"

BAD_GATEWAY: Final = 502

_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""A driver's page speaks HTTP; else each request would read all authorities of the system."""

_HOST: Final = re.compile(r"^https?://[^/]+")


@ROUTER.get(f"{PLACE}/live")
@ROUTER.get(f"{PLACE}/live/{{rest:path}}")
def show(
    visit: Visiting, request: Request, namespace: str, job: str, interval: str, n: int, rest: str = ""
) -> Response:
    """Lead to a driver's page while it runs; then to the history server's."""
    run, _ = found(visit, namespace, job, interval, n)
    pod = _driver(visit, run)
    if pod is None:
        return RedirectResponse(_history(visit, run))
    given = live_pass.Pass(
        viewer=visit.viewer.name,
        told=visit.sources.door.told(request.headers),
        namespace=namespace,
        job=job,
        interval=interval,
        n=n,
        pod=_uid(pod),
    )
    sources = visit.sources
    sealed = live_pass.seal(sources.live_key, given, sources.clock().timestamp())
    return RedirectResponse(f"{sources.path}/live/{sealed}/{_with(rest, request.url.query)}", SEE_OTHER)


@ROUTER.get("/live/{sealed}/{rest:path}")
def page(visit: Visiting, request: Request, sealed: str, rest: str) -> Response:
    """A driver's page, or what belongs to it, for whom a pass names."""
    given: live_pass.Pass = request.state.live_pass
    run, _ = found(visit, given.namespace, given.job, given.interval, given.n)
    pod = _driver(visit, run)
    if pod is None:
        return RedirectResponse(_history(visit, run))
    if _uid(pod) != given.pod:
        raise missing("The run has another driver by now: open its live page again.")
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        raise missing("The driver's pod has no address yet.")
    parts = rest.split("/")
    if KILL in parts or {".", ".."} & {*parts}:
        raise missing("There is no such page: a run is stopped by its button here.")
    return _fetched(address, rest, request.url.query, f"{visit.sources.path}/live/{sealed}")


@ROUTER.options("/live/{sealed}/{rest:path}")
def preflight(visit: Visiting) -> Response:
    """Let the page's own tables be asked for: jQuery, which takes them for its own site's, adds a header.

    The driver is not asked, and it is the pass alone that decides.
    """
    allowed = {"Allow-Methods": "GET", "Allow-Headers": "x-requested-with", "Max-Age": "600"}
    return Response(
        status_code=204,
        headers={**HEADERS, **{f"Access-Control-{name}": value for name, value in allowed.items()}},
    )


def renewed(path: str, given: live_pass.Pass, rest: str, query: str) -> str:
    """Where a page is opened anew, by the login.

    Args:
        path: where the pages are below their address.
        given: the pass that is too old.
        rest: of its address.
        query: of its address.
    """
    run = f"{given.namespace}/{given.job}/{given.interval}/{given.n}"
    return f"{path}/runs/{run}/live/{_with(rest, query)}"


def _with(rest: str, query: str) -> str:
    return f"{rest}?{query}" if query else rest


def _driver(visit: Visit, run: Run) -> Mapping[str, Any] | None:
    """The pod of a running driver, as its viewer may see it; None after its end.

    Raises:
        HTTPException: 403: they may not open its port; 404: it is another run's.
    """
    if run.is_over or not run.driver:
        return None
    # Seeing it is what `kubectl port-forward` would give them.
    if not visit.sources.cluster.may(visit.viewer, "create", run.namespace, PODS, "portforward"):
        raise HTTPException(HTTP_FORBIDDEN, f"You may not open ports of pods in {run.namespace}.")
    pod = visit.sources.cluster.pod(visit.viewer, run.namespace, run.driver)
    if pod is not None and (
        labels(pod).get("spark-role") != "driver" or (run.spark and labels(pod).get(SELECTOR) != run.spark)
    ):
        raise missing("The pod of this name is another run's.")
    return pod


def _uid(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["uid"])


def _history(visit: Visit, run: Run) -> str:
    if not run.spark:
        raise missing("It never reached Spark, so there is no page of it.")
    if run.is_without_log:
        raise missing("It left no event log, so there is no page of it.")
    if not visit.sources.links.history:
        raise missing("There is no history server here.")
    return f"{visit.sources.links.history}/history/{run.spark}/"


def _fetched(address: str, rest: str, query: str, here: str) -> Response:
    host = f"[{address}]" if ":" in address else address
    url = f"http://{host}:{SPARK_UI}/{_with(rest, query)}"
    # Spark writes this in front of its own links (UIUtils.prependBaseUri).
    headers = {"X-Forwarded-Context": here, "Accept-Encoding": "identity"}
    try:
        with (
            # One for each request: it remembers cookies, and a pod's address is another one's tomorrow.
            httpx2.Client(timeout=SECONDS, follow_redirects=False, trust_env=False, verify=_NO_TLS) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST:
                    raise HTTPException(BAD_GATEWAY, "The driver's page is larger than 32 MiB.")
            kept = {name: value for name, value in answer.headers.items() if name.lower() in PASSED}
            status, location = answer.status_code, answer.headers.get("location", "")
    except httpx2.HTTPError as error:
        raise HTTPException(
            BAD_GATEWAY, f"The driver's page does not answer ({error}); its pod may have just ended."
        ) from error
    if kept.get("content-type", "").startswith("text/html"):
        content = content.replace(_HEAD, _HEAD + STORAGE, 1)
    if location:
        path = _HOST.sub("", location)
        kept["Location"] = path if path.startswith(f"{here}/") else f"{here}/{path.lstrip('/')}"
    return Response(content, status, {**kept, **HEADERS})
