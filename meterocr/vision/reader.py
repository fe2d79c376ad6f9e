"""From a photo to a readout: find the display, straighten it, read it, say how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from meterocr.certificate import Certificate, certified
from meterocr.errors import PhotoError, SettingError
from meterocr.issue import Issue
from meterocr.readout import UNREAD, Display, DisplayKind, Models, Quad, Readout
from meterocr.vision.attempt import SURE_FROM, Attempt, agreed, attempts, digits, further_views, second_tries
from meterocr.vision.burst import fused, pages
from meterocr.vision.decode import integer_chance
from meterocr.vision.detect import Detector
from meterocr.vision.geometry import iou
from meterocr.vision.image import Image, PhotoSource, load_photo
from meterocr.vision.locate import Look, locate, locate_turned, look_at, rivals
from meterocr.vision.quality import capture_issues, is_flat
from meterocr.vision.recognize import Recognizer
from meterocr.vision.session import open_session
from meterocr.vision.zoo import Role

USABLE_FROM = 0.5
"""A number of smaller probability is more likely wrong than right: retake."""

DISPLAY_FROM = 0.5
"""What can neither be read nor has this confidence of being a display is taken for none (NO_DISPLAY)."""

_SAME = 0.5  # IoU from which two finds are one display, seen in two directions
_BATCH_PX = 24_000_000  # decoded px held at once by read_many, about 72 MB


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    look: Look
    ms: float


class MeterReader:
    """Reads meters from photos. Make one and keep it: it holds the models, and any number of threads may use it.

    Args:
        detector, recognizer: id of a model in the index, ``None`` for the default one; or the path of a model
            file of one's own, which is used without a checksum.
        threads: threads one read may use in the nets; 0: as many as there are cores.
        beams: how many whole readings are followed at once, and so the most ``readout.candidates`` there can be.
        max_risk: the largest share of readings without :attr:`~meterocr.readout.Readout.needs_person` that may be
            wrong. What reaches the threshold of the models' certificate for it is without ``LOW_CONFIDENCE``, what
            does not has it. ``None``: nothing is promised, and ``LOW_CONFIDENCE`` starts below 0.8.

    Attributes:
        certificate: the one that ``max_risk`` chose.

    Raises:
        ModelError: a model is missing, altered, or not of the expected form.
        SettingError: an option makes no sense, or the models have no certificate for so small a risk.
    """

    def __init__(
        self,
        *,
        detector: str | Path | None = None,
        recognizer: str | Path | None = None,
        threads: int = 0,
        beams: int = 10,
        max_risk: float | None = None,
    ) -> None:
        if threads < 0:
            raise SettingError(f"expected threads of at least 0, got {threads}")
        if beams < 1:
            raise SettingError(f"expected beams of at least 1, got {beams}")
        self._detector = Detector(open_session(Role.DETECTOR, detector, threads=threads))
        self._recognizer = Recognizer(open_session(Role.RECOGNIZER, recognizer, threads=threads))
        self._beams = beams
        self.models = Models(
            self._detector.info.id, self._recognizer.info.id, self._detector.sha256, self._recognizer.sha256
        )
        self.certificate = None if max_risk is None else self._certified(max_risk)

    def read(self, photo: PhotoSource, *, name: str | None = None) -> Readout:
        """What one photo shows. A photo without a readable counter is a readout with ``issues`` and ``retake``.

        Args:
            photo: path, bytes, binary file object, Pillow image, or (H, W, 3) RGB uint8 array.
            name: what the readout calls the photo; by default its file name.

        Raises:
            PhotoError: it is no photo that can be decoded; no other exception, whatever was given.
        """
        return self._read([_open(photo, name)])[0]

    def read_many(self, photos: Iterable[PhotoSource], *, batch_size: int = 8) -> Iterator[Readout]:
        """The same readouts as :meth:`read`, in the order of the photos, with fewer runs of the nets.

        Photos are taken from ``photos`` as they are needed, at most ``batch_size`` ahead, fewer of large ones.

        Raises:
            SettingError: ``batch_size`` is below 1.
            PhotoError: a photo cannot be decoded. The readouts of all photos before it have been handed out by
                then, and none after it has been taken: with an iterator of one's own, call again to go on.
        """
        if batch_size < 1:
            raise SettingError(f"expected batch_size of at least 1, got {batch_size}")
        return self._read_in_batches(photos, batch_size)

    def read_burst(self, photos: Iterable[PhotoSource]) -> tuple[Readout, ...]:
        """What several photos of one meter show whose display cycles: one readout a page, in the order they came.

        A page that several photos show has the reading they support most together (:mod:`meterocr.vision.burst`),
        and the ``photo`` and corners of the one that shows it best; the other photos are not named. Photos that show
        nothing readable are left out, unless all do: then the surest to be a meter stands for them.

        Raises:
            PhotoError: a photo cannot be decoded.
        """
        readouts = list(self.read_many(photos))
        found = pages(readouts)
        if not found:
            return tuple(sorted(readouts, key=_display_confidence, reverse=True)[:1])
        return tuple(fused(page, sure_from=self._sure_from, usable_from=USABLE_FROM) for page in found)

    def check(self, photo: PhotoSource) -> tuple[Issue, ...]:
        """What is wrong with how the meter was photographed, without reading it: one net instead of two.

        Raises:
            PhotoError: as :meth:`read`.
        """
        look = _open(photo, None).look
        displays = locate(self._detector, [look])[0]
        if not displays:
            return (Issue.NO_DISPLAY,)
        main = displays[0]
        strip = self._recognizer.strip(look.photo, main.quad, (look.pixels, look.factor))
        display = self._recognizer.shape.inside(strip)
        found = _capture(look, displays, main.quad, display, ())
        if main.kind is DisplayKind.LCD and is_flat(display):
            found.add(Issue.DISPLAY_OFF)
        return _sorted(found)

    def _certified(self, max_risk: float) -> Certificate:
        """A certificate is about both models: one that was measured with another detector says nothing here."""
        ours = [c for c in self._recognizer.info.certificates if c.detector == self.models.detector]
        return certified(ours, max_risk, models=f"{self.models.recognizer} with {self.models.detector}")

    def _read_in_batches(self, photos: Iterable[PhotoSource], batch_size: int) -> Iterator[Readout]:
        batch: list[_Opened] = []
        for photo in photos:
            try:
                batch.append(_open(photo, None))
            except PhotoError:
                yield from self._read(batch)
                raise
            if len(batch) == batch_size or sum(o.look.pixels.size // 3 for o in batch) >= _BATCH_PX:
                yield from self._read(batch)
                batch = []
        yield from self._read(batch)

    def _read(self, opened: Sequence[_Opened]) -> list[Readout]:
        if not opened:
            return []
        looks = [o.look for o in opened]
        start = perf_counter()
        located = locate(self._detector, looks)
        middle = perf_counter()
        best = self._sure_attempts(looks, self._turned_attempts(looks, self._best_attempts(looks, located)))
        end = perf_counter()
        # Of a batch, each photo has its share.
        shares = {"detect": (middle - start) * 1e3 / len(looks), "recognize": (end - middle) * 1e3 / len(looks)}
        return [
            self._readout(o.look, displays, attempt, {"decode": o.ms, **shares})
            for o, displays, attempt in zip(opened, located, best, strict=True)
        ]

    def _best_attempts(self, looks: Sequence[Look], located: Sequence[tuple[Display, ...]]) -> list[Attempt | None]:
        """The best attempt at each photo; ``None`` where no display was found."""
        with_display = [i for i, displays in enumerate(located) if displays]
        firsts = self._attempts([(looks[i], located[i][0]) for i in with_display])
        best: list[Attempt | None] = [None] * len(looks)
        seconds: list[tuple[int, Display]] = []
        for i, first in zip(with_display, firsts, strict=True):
            best[i] = first
            seconds += [(i, display) for display in second_tries(first, located[i], looks[i])]
        tried = self._attempts([(looks[i], display) for i, display in seconds])
        for (i, _), attempt in zip(seconds, tried, strict=True):
            best[i] = _better(best[i], attempt)
        return best

    def _turned_attempts(self, looks: Sequence[Look], best: list[Attempt | None]) -> list[Attempt | None]:
        """The same, but photos without a usable reading are also looked at sideways and upside down."""
        lost = [i for i, attempt in enumerate(best) if attempt is None or attempt.decoded.confidence < USABLE_FROM]
        found = locate_turned(self._detector, [looks[i] for i in lost])
        tries = [(i, display) for i, displays in zip(lost, found, strict=True) for display in displays]
        for (i, _), attempt in zip(tries, self._attempts([(looks[i], display) for i, display in tries]), strict=True):
            if attempt.decoded.text:
                best[i] = _better(best[i], attempt)
        return best

    def _sure_attempts(self, looks: Sequence[Look], best: Sequence[Attempt | None]) -> list[Attempt | None]:
        """The same, but where a reading is not sure, further views of the display have a say."""
        return [attempt and self._sure_attempt(look, attempt) for look, attempt in zip(looks, best, strict=True)]

    def _sure_attempt(self, look: Look, attempt: Attempt) -> Attempt:
        views = self._attempts([(look, display) for display in further_views(attempt)])
        return agreed(self._recognizer, [attempt, *views], beams=self._beams) if views else attempt

    @property
    def _sure_from(self) -> float:
        return SURE_FROM if self.certificate is None else self.certificate.threshold

    def _attempts(self, jobs: Sequence[tuple[Look, Display]]) -> list[Attempt]:
        return attempts(self._recognizer, jobs, beams=self._beams)

    def _readout(
        self, look: Look, displays: tuple[Display, ...], attempt: Attempt | None, timings: Mapping[str, float]
    ) -> Readout:
        photo = look.photo
        blank = Readout(
            photo=photo.name,
            sha256=photo.sha256,
            width=photo.width,
            height=photo.height,
            models=self.models,
            issues=(Issue.NO_DISPLAY,),
            retake=True,
            timings_ms=timings,
        )
        if attempt is None:
            return blank
        shape, decoded = self._recognizer.shape, attempt.decoded
        read = digits(attempt, shape)
        strip = shape.inside(attempt.strip)
        capture = _capture(look, displays, attempt.display.quad, strip, [digit.quad for digit in read])
        return replace(
            blank,
            displays=_main_first(displays, attempt.display),
            text=decoded.text,
            digits=read,
            confidence=decoded.confidence,
            candidates=decoded.candidates,
            shows=attempt.recognition.shows,
            issues=_sorted(capture | _doubts(attempt, strip, sure_from=self._sure_from)),
            retake=not _is_usable(attempt),
        )


def _open(source: PhotoSource, name: str | None) -> _Opened:
    start = perf_counter()
    look = look_at(load_photo(source, name=name))
    return _Opened(look, (perf_counter() - start) * 1e3)


def _display_confidence(readout: Readout) -> float:
    return readout.displays[0].confidence if readout.displays else 0.0


def _better(first: Attempt | None, second: Attempt) -> Attempt:
    return second if first is None or second.rank > first.rank else first


def _main_first(displays: Sequence[Display], main: Display) -> tuple[Display, ...]:
    """The display that was read first, its corners in the direction in which it was read."""
    others = (display for display in displays if iou(display.quad, main.quad) < _SAME)
    return (main, *others)


def _capture(look: Look, displays: Sequence[Display], main: Quad, strip: Image, read: Sequence[Quad]) -> set[Issue]:
    """What is wrong with the photo. ``strip``: the main display without margin; ``read``: its digits."""
    found = set(capture_issues(main, strip, (look.photo.width, look.photo.height), digits=read))
    return found | ({Issue.SEVERAL_DISPLAYS} if rivals(displays, look.photo) else set())


def _doubts(attempt: Attempt, strip: Image, *, sure_from: float) -> set[Issue]:
    """What is wrong with the reading, or why there is none."""
    text, display = attempt.decoded.text, attempt.display
    if text:
        found = {Issue.UNREAD_DIGITS} if UNREAD in text else set()
        found |= {Issue.SEGMENT_TEST} if attempt.segment_test else set()
        unsure = attempt.decoded.confidence < sure_from or not display.confidence  # a strip that only may be a display
        return found | ({Issue.LOW_CONFIDENCE} if unsure else set())
    if display.confidence < DISPLAY_FROM:
        return {Issue.NO_DISPLAY}
    if display.kind is DisplayKind.LCD and is_flat(strip):
        return {Issue.DISPLAY_OFF}
    return {Issue.UNREAD_DIGITS}


def _is_usable(attempt: Attempt) -> bool:
    """Whether the integer part, which is what is billed, can be used; a faint point or decimal alone is a doubt."""
    whole, candidates = attempt.decoded.text.partition(".")[0], attempt.decoded.candidates
    known = bool(whole) and UNREAD not in whole and integer_chance(whole, candidates) >= USABLE_FROM
    return known and not attempt.segment_test


def _sorted(issues: set[Issue]) -> tuple[Issue, ...]:
    """Most fundamental first."""
    return tuple(issue for issue in Issue if issue in issues)
