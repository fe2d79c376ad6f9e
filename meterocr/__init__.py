"""Read electricity meters from photos, with a confidence for every digit.

>>> from meterocr import MeterReader
>>> readout = MeterReader().read("meter.jpg")
>>> readout.text, readout.confidence

The value types are here at once; :class:`MeterReader` and :func:`draw` load numpy, OpenCV and ONNX Runtime,
:class:`Client` loads httpx, when they are first asked for, so that code which only handles readouts stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from meterocr.certificate import Certificate
from meterocr.errors import (
    BillError,
    ChannelDownError,
    ChannelStoppedError,
    ConflictError,
    DeliveryError,
    LinkError,
    MeteringError,
    MeterOcrError,
    ModelError,
    NotFoundError,
    NotReachableError,
    PhotoError,
    PhotoTooLargeError,
    RefusedError,
    ServerError,
    SettingError,
    StoreError,
    TariffError,
    ThrottledError,
    UncertainError,
    WebhookError,
    WindowClosedError,
)
from meterocr.issue import Issue
from meterocr.readout import Candidate, Digit, Display, DisplayKind, Models, Quad, Quantity, Readout

if TYPE_CHECKING:
    from meterocr.client import AsyncClient, Client
    from meterocr.vision.draw import draw
    from meterocr.vision.reader import MeterReader

    __version__: str

__all__ = [
    "AsyncClient",
    "BillError",
    "Candidate",
    "Certificate",
    "ChannelDownError",
    "ChannelStoppedError",
    "Client",
    "ConflictError",
    "DeliveryError",
    "Digit",
    "Display",
    "DisplayKind",
    "Issue",
    "LinkError",
    "MeterOcrError",
    "MeterReader",
    "MeteringError",
    "ModelError",
    "Models",
    "NotFoundError",
    "NotReachableError",
    "PhotoError",
    "PhotoTooLargeError",
    "Quad",
    "Quantity",
    "Readout",
    "RefusedError",
    "ServerError",
    "SettingError",
    "StoreError",
    "TariffError",
    "ThrottledError",
    "UncertainError",
    "WebhookError",
    "WindowClosedError",
    "__version__",
    "draw",
]

_LAZY = {
    "AsyncClient": "meterocr.client",
    "Client": "meterocr.client",
    "MeterReader": "meterocr.vision.reader",
    "draw": "meterocr.vision.draw",
}

if not TYPE_CHECKING:  # mypy would take a module with __getattr__ to have every name

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version("meterocr")
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_LAZY[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
