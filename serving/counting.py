"""Counts what is read, for all ways by which a photo comes."""

from __future__ import annotations

from meterocr.errors import PhotoError
from meterocr.readout import Readout
from meterocr.workflow.ports.photos import Reader
from serving.metrics import READS, STAGES


class CountingReader:
    """Reads as ``reader`` does, and counts verdicts and stages. The server has no other one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, photo: bytes, *, name: str | None = None) -> Readout:
        """What one photo shows.

        Raises:
            PhotoError: it is no photo.
        """
        try:
            readout = self._reader.read(photo, name=name)
        except PhotoError:
            READS.labels("not_a_photo").inc()
            raise
        for stage, ms in readout.timings_ms.items():
            STAGES.labels(stage).observe(ms / 1e3)
        READS.labels("retake" if readout.retake else "person" if readout.needs_person else "sure").inc()
        return readout
