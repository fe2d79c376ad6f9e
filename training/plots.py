"""Pictures for people: what was seen in a photo, how a training went, how far a confidence can be trusted.

Each function gives a :class:`matplotlib.figure.Figure`; a notebook shows it, :func:`save` writes it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image as Pillow

from training import figures
from training.cases import Case
from training.gallery import Failure, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Image = NDArray[np.uint8]
_COLUMNS = 4  # pictures side by side


def save(figure: Figure, path: Path) -> None:
    """Write the figure as PNG, without a date or a version in it: the same figure, the same bytes."""
    figure.savefig(path, dpi=100, metadata={"Software": None})


def save_small(figure: Figure, path: Path) -> None:
    """The same with 32 colours, which is enough for lines and a third of the bytes."""
    drawn_png = io.BytesIO()
    figure.savefig(drawn_png, dpi=100, format="png")
    Pillow.open(drawn_png).convert("RGB").quantize(32).save(path, "PNG", optimize=True)


def pictures(images: Mapping[str, Image]) -> Figure:
    """Pictures (H, W, 3) RGB uint8 side by side, with their captions above them.

    Raises:
        ValueError: there are none.
    """
    if not images:
        raise ValueError("expected pictures to show, got none")
    columns = min(_COLUMNS, len(images))
    rows = -(-len(images) // columns)
    tall = max(image.shape[0] / image.shape[1] for image in images.values())
    figure = Figure(figsize=(12, rows * (0.6 + 12 / columns * tall)), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, (caption, image) in zip(grid, images.items(), strict=False):
        axes.imshow(image)
        axes.set_title(caption, fontsize=9)
    return figure


def failures(found: Sequence[Failure]) -> Figure:
    """A gallery: photos that failed, what was true, what was read, and why that is wrong."""
    captions = {
        f"{f.case.id}: {f.why}\n{f.case.truth or 'nothing to read'} / read {f.case.text or '-'} "
        f"({f.case.confidence:.2f})": drawn(f)
        for f in found
    }
    return pictures(captions)


def slots(strip: Image, symbols: NDArray[np.float64], alphabet: str) -> Figure:
    """A strip, and below it the probability of every symbol at each step of the net along it.

    Args:
        strip: (H, W, 3) RGB uint8, as the recogniser sees it.
        symbols: (T, 1 + alphabet) probabilities; class 0 is "nothing here".
        alphabet: the symbols of the classes from 1.
    """
    steps = len(symbols)
    figure = Figure(figsize=(11, 5), layout="constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=(1, 2))
    top.imshow(strip, extent=(0, steps, 0, steps * strip.shape[0] / strip.shape[1]))
    top.axis("off")
    shown = bottom.imshow(symbols.T, extent=(0, steps, len(alphabet) + 1, 0), aspect="auto", cmap="Blues", vmin=0)
    bottom.set_yticks(np.arange(len(alphabet) + 1) + 0.5, ["nothing", *alphabet])
    bottom.set(xlabel="step along the strip", ylabel="symbol")
    figure.colorbar(shown, ax=bottom, label="probability", pad=0.01)
    return figure


def learning_curves(log: Path) -> Figure:
    """Loss and val score over the steps of a run's JSON-lines log."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    figure = Figure(figsize=(8, 4), layout="tight")
    left = figure.subplots()
    left.plot([r["step"] for r in rows], [r["loss"] for r in rows], color="tab:red", marker=".")
    left.set(xlabel="step", ylabel="loss", yscale="log")
    right: Any = left.twinx()
    for name in rows[-1]["scores"]:
        shares = [r["scores"].get(name, {}).get("whole") for r in rows]
        right.plot([r["step"] for r in rows], shares, label=name, marker=".")
    right.set(ylabel="whole readings right", ylim=(0, 1))
    right.legend(fontsize=6, loc="lower right")
    return figure


def reliability(cases: Sequence[Case]) -> Figure:
    """Confidence against the share that is right, with the photos in each bin."""
    figure = Figure(figsize=(4.5, 4.5), layout="tight")
    _reliability(figure.subplots(), cases)
    return figure


def risk_coverage(cases: Sequence[Case]) -> Figure:
    """How many are wrong among the surest so many photos, for every pool of :data:`training.figures.POOLS`."""
    figure = Figure(figsize=(8, 4.5), layout="tight")
    _risk_coverage(figure.subplots(), cases)
    return figure


def card(cases: Sequence[Case], title: str) -> Figure:
    """Both, small and side by side, for a model's card; ``title`` says of which model and data."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
    _reliability(left, cases)
    _risk_coverage(right, cases)
    figure.suptitle(title, fontsize=9)
    return figure


def _reliability(axes: Axes, cases: Sequence[Case]) -> None:
    bins = figures.calibration(cases)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.plot([b.confidence for b in bins], [b.right.share for b in bins], marker="o")
    for b in bins:
        axes.annotate(str(b.right.total), (b.confidence, b.right.share), fontsize=7)
    axes.set(xlabel="confidence", ylabel="share of whole strings right", xlim=(0, 1.02), ylim=(0, 1.02))


def _risk_coverage(axes: Axes, cases: Sequence[Case]) -> None:
    for name, pool in figures.pools(cases).items():
        curve = pool.curve
        axes.step([100 * p.coverage for p in curve], [100 * p.risk for p in curve], where="post", label=name)
    axes.axvline(100 * figures.COVERAGE, color="grey", linewidth=0.8, linestyle=":")
    axes.set(xlabel="photos kept, surest first (%)", ylabel="whole strings wrong among them (%)", xlim=(0, 100))
    axes.legend(fontsize=7)
