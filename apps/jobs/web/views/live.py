"""The live page of a running driver, and the history server's after its end, under one link.

The page is made by a tenant's code. So it is shown in a sandbox: it has an origin of its own, reads nothing
of ours, and sends no form; and it is only read (GET), never told anything.
"""

from __future__ import annotations

import re
from typing import Final

import httpx2
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from apps.jobs.runs.objects import SELECTOR, labels
from apps.jobs.web.cluster import HTTP_FORBIDDEN, PODS
from apps.jobs.web.visit import Visiting, missing

from .run import PLACE, found

ROUTER: Final = APIRouter()

SPARK_UI: Final = 4040
"""Port of a driver's page (Spark: spark.ui.port)."""

SECONDS: Final = 20
LARGEST: Final = 32 * 1024**2

SANDBOX: Final = (
    "sandbox allow-scripts allow-popups; default-src 'self' 'unsafe-inline' data:; form-action 'none'"
)

PASSED: Final = frozenset({"content-type", "etag", "last-modified"})
"""Headers of the driver's that a browser gets: no cookies, no redirects to elsewhere."""

BAD_GATEWAY: Final = 502

_HOST: Final = re.compile(r"^https?://[^/]+")


@ROUTER.get(f"{PLACE}/live")
@ROUTER.get(f"{PLACE}/live/{{rest:path}}")
def show(
    visit: Visiting, request: Request, namespace: str, job: str, interval: str, n: int, rest: str = ""
) -> Response:
    """A driver's page while it runs; then the history server's."""
    run, _ = found(visit, namespace, job, interval, n)
    if run.is_over or not run.driver:
        return RedirectResponse(_history(visit, run.spark))
    # Seeing it is what `kubectl port-forward` would give them.
    if not visit.sources.cluster.may(visit.viewer, "create", namespace, PODS, "portforward"):
        raise HTTPException(HTTP_FORBIDDEN, f"You may not open ports of pods in {namespace}.")
    pod = visit.sources.cluster.pod(visit.viewer, namespace, run.driver)
    if pod is None:
        return RedirectResponse(_history(visit, run.spark))
    if labels(pod).get("spark-role") != "driver" or (run.spark and labels(pod).get(SELECTOR) != run.spark):
        raise missing("The pod of this name is another run's.")
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        raise missing("The driver's pod has no address yet.")
    here = f"{visit.sources.path}/runs/{namespace}/{job}/{interval}/{n}/live"
    return _fetched(address, rest, request.url.query, here)


def _history(visit: Visiting, spark: str) -> str:
    if not spark:
        raise missing("It never reached Spark, so there is no page of it.")
    if not visit.sources.links.history:
        raise missing("There is no history server here.")
    return f"{visit.sources.links.history}/history/{spark}/"


def _fetched(address: str, rest: str, query: str, here: str) -> Response:
    host = f"[{address}]" if ":" in address else address
    url = f"http://{host}:{SPARK_UI}/{rest}" + (f"?{query}" if query else "")
    # Spark writes this in front of its own links (UIUtils.prependBaseUri).
    headers = {"X-Forwarded-Context": here, "Accept-Encoding": "identity"}
    try:
        with (
            httpx2.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
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
    if location:
        path = _HOST.sub("", location)
        kept["Location"] = path if path.startswith(here) else f"{here}/{path.lstrip('/')}"
    return Response(content, status, {**kept, "Content-Security-Policy": SANDBOX})
