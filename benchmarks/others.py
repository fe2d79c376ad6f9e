"""Other readers behind the one call that the benchmarks need: encoded photo in, reading out."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import math
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from meterocr.readout import UNREAD

_ILLEGIBLE = "*"  # dpdc-amr's class for a digit it cannot make out
_NUMBER = re.compile(r"[\d?](?:[ .,]?[\d?]){2,}")  # three digits or more: shorter ones are labels and units


class Reader(Protocol):
    """Reads a counter: ``"00482.1"``, or ``""`` for a refusal."""

    name: str

    def read(self, photo: bytes) -> str:
        """The main register's text of an encoded photo."""
        ...


class Meterocr:
    """The project's own reader. A photo to be retaken is a refusal."""

    name = "meterocr"

    def __init__(self, *, threads: int) -> None:
        from meterocr import MeterReader

        self._reader = MeterReader(threads=threads)

    def read(self, photo: bytes) -> str:
        """See :class:`Reader`."""
        readout = self._reader.read(photo)
        return "" if readout.retake else readout.text


class Rapidocr:
    """General text detection and recognition; the tallest line with a number is the reading."""

    name = "rapidocr"

    def __init__(self, *, threads: int) -> None:
        from rapidocr import RapidOCR

        session = "EngineConfig.onnxruntime."
        settings = {session + "intra_op_num_threads": threads, session + "inter_op_num_threads": 1}
        self._engine: Any = RapidOCR(params={"Global.log_level": "critical", **settings})

    def read(self, photo: bytes) -> str:
        """See :class:`Reader`."""
        result = self._engine(photo)
        if result.boxes is None:
            return ""
        lines = [(_height(box), number(text)) for box, text in zip(result.boxes, result.txts, strict=True)]
        return max((line for line in lines if line[1]), default=(0.0, ""))[1]


def _height(box: Any) -> float:
    top_left, _, _, bottom_left = box
    return math.dist(top_left, bottom_left)


def number(text: str) -> str:
    """The longest number in a line of text, with ``.`` before its decimals: ``"kWh 004 82,1"`` to ``"00482.1"``."""
    found = max(_NUMBER.findall(text), key=len, default="").replace(" ", "").replace(",", ".")
    whole, _, fraction = found.rpartition(".")
    return f"{whole.replace('.', '')}.{fraction}" if whole else found


class DpdcAmr:
    """The PyPI package ``dpdc-amr``: its own legibility net, then its digit detector, with its own settings.

    Its package module starts a web server, so its two modules are loaded from their files.
    """

    name = "dpdc-amr"
    _CONFIDENCE = 0.2  # what its web server uses

    def __init__(self, *, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self._examine = _module_of("dpdc_amr", "testMyML")
        self._extract = _module_of("dpdc_amr", "digitExtractions")
        with contextlib.redirect_stdout(io.StringIO()):
            self._legible, self._digits = self._examine.getModel(), self._extract.getYoloModel()
        self._folder = tempfile.TemporaryDirectory()

    def read(self, photo: bytes) -> str:
        """See :class:`Reader`."""
        path = Path(self._folder.name) / "photo.jpg"
        path.write_bytes(photo)
        with contextlib.redirect_stdout(io.StringIO()):
            if self._examine.examine(self._legible, str(path)) != "Meter":
                return ""
            text = self._extract.extract_digits(self._digits, str(path), self._CONFIDENCE)[0]
        return number(str(text).replace(_ILLEGIBLE, UNREAD))


def _module_of(package: str, name: str) -> ModuleType:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"expected {package} to be installed: pip install --no-deps {package.replace('_', '-')}"
        )
    path = Path(spec.submodule_search_locations[0]) / f"{name}.py"
    module_spec = importlib.util.spec_from_file_location(f"{package}_{name}", path)
    if module_spec is None or module_spec.loader is None:
        raise ModuleNotFoundError(f"expected a module at {path}")
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[module_spec.name] = module
    module_spec.loader.exec_module(module)
    return module
