"""What is counted, for Prometheus. Several worker processes are added up where BentoML has set a folder for it."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as _generate
from prometheus_client.multiprocess import MultiProcessCollector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("meterocr_requests_total", "Requests answered.", ["method", "route", "status"])
LATENCY = Histogram("meterocr_request_seconds", "From the request's head to the end of the answer.", ["route"])
UNDER_WAY = Gauge("meterocr_requests_under_way", "Requests being answered.", multiprocess_mode="livesum")
READS = Counter("meterocr_reads_total", "Photos read: sure, person, retake, not_a_photo.", ["verdict"])
STAGES = Histogram("meterocr_stage_seconds", "Stages of reading one photo.", ["stage"], buckets=_SECONDS)
QUEUE = Gauge("meterocr_reading_queue", "Photos being read or waiting for it.", multiprocess_mode="livesum")

CONTENT_TYPE = CONTENT_TYPE_LATEST


def forget_the_dead() -> None:
    """What worker processes were doing when they were killed is not under way any more."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        pid = file.stem.rpartition("_")[2]
        if not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


def exposition() -> bytes:
    """All figures in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _generate(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return _generate(registry)
