"""ONNX models that describe themselves: a session, and what its metadata says, checked.

A model file carries one metadata entry ``meterocr``, a JSON object; :class:`DetectorInfo` and
:class:`RecognizerInfo` are its two forms. Input is uint8 RGB: normalisation is inside the graph.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import onnxruntime as ort

from meterocr.certificate import Certificate
from meterocr.errors import ModelError
from meterocr.readout import DisplayKind, Quantity, check_text
from meterocr.vision.zoo import Role, find_model, verified_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METADATA_KEY = "meterocr"
PROVIDERS = ("CPUExecutionProvider",)
_INPUTS = {Role.DETECTOR: "images", Role.RECOGNIZER: "strips"}
_OUTPUTS = {
    Role.DETECTOR: ("predictions",),
    Role.RECOGNIZER: ("symbols", "turn", "shows", "upright", "legible"),
}

E = TypeVar("E", DisplayKind, Quantity)


@dataclass(frozen=True, slots=True)
class DetectorInfo:
    """What a display detector says of itself.

    Attributes:
        input_size: long side of its input, px; a multiple of 32.
        threshold: scores below are no display.
    """

    id: str
    data_hash: str
    licence: str
    input_size: int
    classes: tuple[DisplayKind, ...]
    threshold: float


@dataclass(frozen=True, slots=True)
class RecognizerInfo:
    """What a recogniser says of itself.

    Attributes:
        width, height: size of a strip, px.
        alphabet: the symbols of classes 1, 2, ...; class 0 is the CTC blank.
        shows: the quantities of its ``shows`` output, in order.
        margin: part of the display's width and height added on each side of a strip.
        temperature: what the logits are divided by, so that probabilities are calibrated.
        legible_threshold: below this a person could not read the strip, and it is not read.
        certificates: what it is certified for; none in models that nobody has certified.
    """

    id: str
    data_hash: str
    licence: str
    width: int
    height: int
    alphabet: str
    shows: tuple[Quantity, ...]
    margin: tuple[float, float]
    temperature: float
    legible_threshold: float
    certificates: tuple[Certificate, ...]


class Session:
    """One ONNX Runtime session on the CPU. :meth:`run` may be called from many threads at once.

    Args:
        data: the bytes of the model file.
        role: what it must be for.
        threads: threads one run may use; 0: as many as there are cores.

    Attributes:
        sha256: hex digest of the bytes.

    Raises:
        ModelError: the bytes are no ONNX model, or not one of that role.
    """

    def __init__(self, data: bytes, role: Role, *, threads: int = 0) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(data, sess_options=options, providers=list(PROVIDERS))
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            raise ModelError(f"expected an ONNX model that runs on the CPU as {role}: {error}") from error
        self.sha256 = hashlib.sha256(data).hexdigest()
        self._role = role
        self._sizes = {output.name: output.shape[-1] for output in self._session.get_outputs() if output.shape}
        _check_signature(self._session, role)
        self.metadata: Mapping[str, object] = _metadata(self._session, role)

    def expect(self, output: str, size: int) -> None:
        """Refuse a net whose output does not end in ``size`` values, as its metadata promises.

        Raises:
            ModelError: says what was expected and what came.
        """
        came = self._sizes.get(output)
        if isinstance(came, int) and came != size:  # a str names a size that is known only when it runs
            raise ModelError(f"expected {size} values in the model's output {output!r}, got {came}")

    def run(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """The outputs of the role, in the order of its definition, for a batch (N, H, W, 3) uint8 RGB."""
        return tuple(self._session.run(list(_OUTPUTS[self._role]), {_INPUTS[self._role]: batch}))


def open_session(role: Role, model: str | Path | None, *, threads: int = 0) -> Session:
    """A session of the model with that id (``None``: the role's default), or of a file of one's own.

    Raises:
        ModelError: there is no such model, it is altered, or not one of that role. A file has no checksum.
    """
    if not isinstance(model, Path):
        return Session(verified_bytes(find_model(role, model)), role, threads=threads)
    try:
        data = model.read_bytes()
    except OSError as error:
        raise ModelError(f"expected a {role} at {model}: {error}") from error
    return Session(data, role, threads=threads)


def detector_info(metadata: Mapping[str, object]) -> DetectorInfo:
    """The metadata of a detector.

    Raises:
        ModelError: an entry is missing or makes no sense.
    """
    size = _number(metadata, "input_size", 32, 4096)
    if size != int(size) or int(size) % 32:
        raise ModelError(f"expected input_size as a multiple of 32, got {size}")
    return DetectorInfo(
        id=_text(metadata, "id"),
        data_hash=_text(metadata, "data_hash"),
        licence=_text(metadata, "licence"),
        input_size=int(size),
        classes=tuple(_member(DisplayKind, name, "classes") for name in _list(metadata, "classes")),
        threshold=_number(metadata, "threshold", 0, 1),
    )


def recognizer_info(metadata: Mapping[str, object]) -> RecognizerInfo:
    """The metadata of a recogniser.

    Raises:
        ModelError: an entry is missing or makes no sense.
    """
    alphabet = _text(metadata, "alphabet")
    try:
        check_text(alphabet.replace(".", ""))
    except ValueError as error:
        raise ModelError(f"expected an alphabet of digits, '.' and '?', got {alphabet!r}") from error
    if len(set(alphabet)) != len(alphabet):
        raise ModelError(f"expected every symbol once in the alphabet, got {alphabet!r}")
    margin = _list(metadata, "margin")
    if len(margin) != 2 or not all(isinstance(m, int | float) and 0 <= m < 1 for m in margin):
        raise ModelError(f"expected margin as two fractions of width and height, got {margin!r}")
    return RecognizerInfo(
        id=_text(metadata, "id"),
        data_hash=_text(metadata, "data_hash"),
        licence=_text(metadata, "licence"),
        width=int(_number(metadata, "width", 8, 4096)),
        height=int(_number(metadata, "height", 8, 4096)),
        alphabet=alphabet,
        shows=tuple(_member(Quantity, name, "shows") for name in _list(metadata, "shows")),
        margin=(float(str(margin[0])), float(str(margin[1]))),
        temperature=_number(metadata, "temperature", 0.01, 100),
        legible_threshold=_number(metadata, "legible_threshold", 0, 1),
        certificates=_certificates(metadata),
    )


def _check_signature(session: ort.InferenceSession, role: Role) -> None:
    inputs = [(i.name, i.type) for i in session.get_inputs()]
    if inputs != [(_INPUTS[role], "tensor(uint8)")]:
        raise ModelError(f"expected one uint8 input {_INPUTS[role]!r} of a {role}, got {inputs}")
    outputs = {o.name for o in session.get_outputs()}
    if not outputs.issuperset(_OUTPUTS[role]):
        raise ModelError(f"expected outputs {list(_OUTPUTS[role])} of a {role}, got {sorted(outputs)}")


def _metadata(session: ort.InferenceSession, role: Role) -> Mapping[str, object]:
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY, "")
    try:
        metadata = json.loads(text)
    except ValueError as error:
        raise ModelError(f"expected JSON in the model's metadata entry {METADATA_KEY!r}, got {text[:80]!r}") from error
    if not isinstance(metadata, dict) or metadata.get("role") != role:
        raise ModelError(f"expected the metadata of a {role}, got {text[:80]!r}")
    return metadata


def _text(metadata: Mapping[str, object], key: str) -> str:
    value = metadata.get(key)
    if not isinstance(value, str) or not value:
        raise ModelError(f"expected {key} as text in the model's metadata, got {value!r}")
    return value


def _number(metadata: Mapping[str, object], key: str, low: float, high: float) -> float:
    value = metadata.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ModelError(f"expected {key} from {low} to {high} in the model's metadata, got {value!r}")
    return float(value)


def _list(metadata: Mapping[str, object], key: str) -> list[object]:
    value = metadata.get(key)
    if not isinstance(value, list) or not value:
        raise ModelError(f"expected {key} as a list in the model's metadata, got {value!r}")
    return value


def _certificates(metadata: Mapping[str, object]) -> tuple[Certificate, ...]:
    values = metadata.get("certificates", [])  # models of before there were any have no such entry
    if not isinstance(values, list):
        raise ModelError(f"expected certificates as a list in the model's metadata, got {values!r}")
    try:
        return tuple(Certificate.from_dict(value) for value in values)
    except ValueError as error:
        raise ModelError(f"expected certificates in the model's metadata: {error}") from error


def _member(kind: type[E], name: object, key: str) -> E:
    try:
        return kind(str(name))
    except ValueError as error:
        raise ModelError(f"expected {key} out of {[str(k) for k in kind]}, got {name!r}") from error
