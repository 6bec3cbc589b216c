"""What the platform asks of Loki's chart."""

from __future__ import annotations

from urllib.parse import urlsplit

from components.naming import LOGS_NAMESPACE
from components.records.logs import LOKI_PORT
from components.services.logs.loki_values import INDEXED, OTLP_URL, RELEASE, LokiValues, chart_values

VALUES = chart_values(LokiValues(retention_days=7, memory="2Gi", disk="50Gi", storage_class="gp3"))


def test_lines_are_deleted_after_the_days_that_were_asked_for() -> None:
    loki = VALUES["loki"]
    assert loki["limits_config"]["retention_period"] == "168h"
    assert loki["compactor"]["retention_enabled"] is True, "without it, the period is a number"


def test_no_stream_is_made_for_each_run() -> None:
    assert not {name for name in INDEXED if "pod" in name or "app" in name}, "they are new in every run"


def test_the_collector_sends_where_loki_listens() -> None:
    url = urlsplit(OTLP_URL)
    assert (url.hostname, url.port) == (f"{RELEASE}.{LOGS_NAMESPACE}.svc", LOKI_PORT)


def test_one_process_and_nothing_beside_it() -> None:
    assert VALUES["singleBinary"]["replicas"] == 1
    assert {VALUES[part]["replicas"] for part in ("read", "write", "backend")} == {0}
    for part in ("gateway", "chunksCache", "resultsCache", "lokiCanary"):
        assert VALUES[part]["enabled"] is False


def test_the_clusters_own_storage_class_is_taken_where_none_is_named() -> None:
    made = chart_values(LokiValues(retention_days=7, memory="2Gi", disk="50Gi", storage_class=None))
    assert "storageClass" not in made["singleBinary"]["persistence"]
