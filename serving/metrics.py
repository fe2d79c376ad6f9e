"""What is counted, for Prometheus. Several worker processes are added up where BentoML has set a folder for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as _generate
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from meterocr.errors import StoreError
from meterocr.workflow.values.counts import Backlog
from serving.logs import fields, log

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("meterocr_requests_total", "Requests answered.", ["method", "route", "status"])
LATENCY = Histogram("meterocr_request_seconds", "From the request's head to the end of the answer.", ["route"])
UNDER_WAY = Gauge("meterocr_requests_under_way", "Requests being answered.", multiprocess_mode="livesum")
READS = Counter("meterocr_reads_total", "Photos read: sure, person, retake, not_a_photo.", ["verdict"])
STAGES = Histogram("meterocr_stage_seconds", "Stages of reading one photo.", ["stage"], buckets=_SECONDS)
QUEUE = Gauge("meterocr_reading_queue", "Photos being read or waiting for it.", multiprocess_mode="livesum")
DELIVERIES = Counter("meterocr_deliveries_total", "Messages: sent, failed, put_off, dropped, uncertain.", ["outcome"])

CONTENT_TYPE = CONTENT_TYPE_LATEST


def forget_the_dead() -> None:
    """What worker processes were doing when they were killed is not under way any more."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        pid = file.stem.rpartition("_")[2]
        if not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


class _Waiting:
    """What waits in the store, asked for when somebody looks: the same whichever worker answers."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        outbox = GaugeMetricFamily("meterocr_outbox", "Messages that are still to be sent.", labels=["state"])
        outbox.add_metric(["waiting"], self._backlog.outbox_waiting)
        outbox.add_metric(["claimed"], self._backlog.outbox_claimed)
        yield outbox
        yield GaugeMetricFamily("meterocr_inbox", "What came in and is to be worked on.", self._backlog.inbox)
        yield GaugeMetricFamily("meterocr_reviews_waiting", "Photos that wait for a person.", self._backlog.reviews)


def exposition(ask: Callable[[], Backlog]) -> bytes:
    """All figures in Prometheus' text format; without those of the store while it does not answer."""
    own = CollectorRegistry()
    try:
        own.register(_Waiting(ask()))
    except StoreError as error:
        log.warning("metrics", extra=fields(error=type(error).__name__))
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _generate(REGISTRY) + _generate(own)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return _generate(registry) + _generate(own)
