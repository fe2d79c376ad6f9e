"""A page of every failure: the photo as read, the strip the recogniser saw, truth, reading, candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr import Readout, draw
from training.cases import Case
from training.metrics import Box
from training.prepare import shrunk

Image = NDArray[np.uint8]
_PHOTO_SIDE = 560  # px
_TRUTH_COLOUR = (0, 160, 0)
_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; background: #fafafa; }
article { display: inline-block; vertical-align: top; width: 580px; margin: 0 1em 1em 0; padding: .6em;
  background: white; border: 1px solid #ccc; border-radius: 6px; }
img { max-width: 100%; display: block; margin-bottom: .4em; }
td, th { text-align: left; padding-right: 1em; vertical-align: top; } code { font-size: 1.1em; }
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed photo; ``strip`` is what the recogniser saw, ``None`` where no display was found."""

    case: Case
    why: str
    photo: Image
    readout: Readout
    strip: Image | None
    display: Box | None


def write_gallery(failures: Iterable[Failure], out: Path) -> Path:
    """Write ``index.html`` and its images into ``out``, sorted as they come, one section a source.

    Photos are drawn one by one: ``failures`` may be a generator.
    """
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    sections = []
    for source, group in groupby(failures, key=lambda f: f.case.source):
        articles = [_article(failure, images) for failure in group]
        sections.append((source, articles))
    index = out / "index.html"
    index.write_text(_page(sections), encoding="utf-8")
    return index


def _page(sections: Sequence[tuple[str, list[str]]]) -> str:
    links = " · ".join(f'<a href="#{escape(s)}">{escape(s)} ({len(a)})</a>' for s, a in sections)
    body = "\n".join(f'<h2 id="{escape(s)}">{escape(s)}</h2>\n' + "\n".join(a) for s, a in sections)
    head = f"<meta charset='utf-8'><title>Failures</title><style>{_STYLE}</style>"
    return f"<!doctype html><html><head>{head}</head><body><h1>Failures</h1><p>{links}</p>\n{body}</body></html>\n"


def _article(failure: Failure, images: Path) -> str:
    case = failure.case
    photo = f"{case.id}-photo.jpg"
    _save(images / photo, drawn(failure))
    pictures = [f'<a href="images/{photo}"><img src="images/{photo}" loading="lazy" alt="photo {escape(case.id)}"></a>']
    if failure.strip is not None:
        _save(images / f"{case.id}-strip.png", failure.strip)
        pictures.append(f'<img src="images/{escape(case.id)}-strip.png" loading="lazy" alt="strip">')
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in _facts(case))
    return (
        f"<article><h3>{escape(case.id)}: {escape(failure.why)}</h3>{''.join(pictures)}<table>{rows}</table></article>"
    )


def _facts(case: Case) -> Iterator[tuple[str, str]]:
    yield "kind", escape(f"{case.kind}, {case.quality}")
    yield "truth", f"<code>{escape(str(case.truth or '-'))}</code>"
    yield "read", f"<code>{escape(case.text or '-')}</code> {case.confidence:.3f}, shows {escape(case.shows)}"
    yield "candidates", "<br>".join(f"<code>{escape(text)}</code> {p:.3f}" for text, p in case.candidates) or "-"
    yield "issues", escape(", ".join(case.issues) or "-") + (", <b>retake</b>" if case.retake else "")


def drawn(failure: Failure) -> Image:
    """The photo with what was read, and with the box that a person drew around the display."""
    image = draw(failure.photo, failure.readout)
    if failure.display is not None:
        x0, y0, x1, y1 = (round(v) for v in failure.display)
        cv2.rectangle(image, (x0, y0), (x1, y1), _TRUTH_COLOUR, max(2, max(image.shape) // 400))
    return shrunk(image, _PHOTO_SIDE)


def _save(path: Path, image: Image) -> None:
    if not cv2.imwrite(str(path), image[..., ::-1]):
        raise OSError(f"expected to write {path}")
