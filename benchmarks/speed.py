"""From the bytes of a 12 MP JPEG to a reading, on one CPU thread: meterocr, rapidocr, and decoding alone.

``python -m benchmarks.speed [--data ../shared/data] [--photos 3] [--rounds 7]``. The photos are real ones, enlarged to
4000 x 3000 with the noise of a phone's sensor and saved at quality 92, so that the JPEG is as heavy as a phone's. All
are timed in turns in one process bound to one core; medians count. Memory is the peak of a fresh process.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.others import Meterocr, Rapidocr
from training.ledger import table
from training.manifest import load_scenes
from training.samples import spread

LONG, SHORT = 4000, 3000
_QUALITY = 92
_SHOT = 0.25  # noise variance a grey level; with the read noise: a standard deviation of 5 to 6 in mid grey
_READ = 2.0  # grey levels
_READERS = ("Meterocr(threads=1)", "Rapidocr(threads=1)")
_PEAK = """
import sys
from pathlib import Path
from benchmarks.others import Meterocr, Rapidocr
reader = {reader}
for _ in range(3):
    reader.read(Path(sys.argv[1]).read_bytes())
status = Path("/proc/self/status").read_text()  # getrusage would count the parent's memory too
print(status.split("VmHWM:")[1].split()[0])
"""


def phone_photo(path: Path, rng: np.random.Generator) -> bytes:
    """A real photo at a phone's resolution: cropped to 4:3, enlarged, noise added, JPEG."""
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
    size = (LONG, SHORT) if photo.width > photo.height else (SHORT, LONG)
    scale = max(size[0] / photo.width, size[1] / photo.height)
    large = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.BICUBIC)
    left, top = (large.width - size[0]) // 2, (large.height - size[1]) // 2
    grey = np.asarray(large.crop((left, top, left + size[0], top + size[1])), dtype=np.float32)
    # Phones smooth the noise of colours away and leave that of brightness: the same for the three channels.
    noise = rng.standard_normal((*grey.shape[:2], 1), dtype=np.float32) * np.sqrt(_READ**2 + _SHOT * grey)
    out = io.BytesIO()
    Image.fromarray(np.clip(grey + noise, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def decode(photo: bytes) -> str:
    """Pillow's full decode, the least that a reader of full-size pixels would need."""
    with Image.open(io.BytesIO(photo)) as opened:
        opened.load()
    return ""


@dataclass(frozen=True, slots=True)
class Spent:
    """Median milliseconds on one photo: by the clock, and of the CPU (the better one on a busy machine)."""

    clock: float
    cpu: float


def timed(ways: dict[str, Callable[[bytes], str]], photos: Sequence[bytes], rounds: int) -> dict[str, list[Spent]]:
    """What each way needs for each photo; the ways take turns in every round."""
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    for photo in photos:
        runs: dict[str, list[Spent]] = {name: [] for name in ways}
        for way in ways.values():
            way(photo)
        for _ in range(rounds):
            for name, way in ways.items():
                clock, cpu = time.perf_counter(), time.process_time()
                way(photo)
                runs[name].append(Spent(1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - cpu)))
        for name, found in runs.items():
            spent[name].append(_median(found))
    return spent


def _median(found: Sequence[Spent]) -> Spent:
    return Spent(statistics.median(s.clock for s in found), statistics.median(s.cpu for s in found))


def peak_mib(reader: str, photo: Path) -> float:
    """Peak resident memory of a fresh process that reads a photo three times, MiB."""
    command = [sys.executable, "-c", _PEAK.format(reader=reader), str(photo)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout.split()[-1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    scenes = [s for s in load_scenes(args.data) if s.split == "val" and s.quality == "ok" and s.shows == "kwh"]
    rng = np.random.default_rng(12)
    photos = [phone_photo(args.data / s.image, rng) for s in spread(scenes, args.photos)]
    ours, theirs = Meterocr(threads=1), Rapidocr(threads=1)
    times = timed({"meterocr": ours.read, "rapidocr": theirs.read, "decode": decode}, photos, args.rounds)
    print(_report(times, [len(photo) / 1e6 for photo in photos]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        path.write_bytes(photos[0])
        peaks = {name: peak_mib(name, path) for name in _READERS}
    print(table(["fresh process", "peak MiB"], [[name, f"{peak:.0f}"] for name, peak in peaks.items()]))
    sizes = {model.name: model.stat().st_size / 1e6 for model in sorted(args.models.glob("*.onnx"))}
    print(table(["model", "MB"], [[n, f"{mb:.2f}"] for n, mb in [*sizes.items(), ("together", sum(sizes.values()))]]))


def _report(times: dict[str, list[Spent]], megabytes: Sequence[float]) -> str:
    medians = {name: _median(values) for name, values in times.items()}
    rows = [[f"{mb:.1f} MB", *map(_cell, (times[n][i] for n in times))] for i, mb in enumerate(megabytes)]
    rows.append(["median", *map(_cell, medians.values())])
    ours, theirs, decoding = medians["meterocr"], medians["rapidocr"], medians["decode"]
    ratios = (
        f"against rapidocr {theirs.clock / ours.clock:.1f} times as fast (CPU {theirs.cpu / ours.cpu:.1f}); "
        f"against decoding alone {ours.clock / decoding.clock:.2f} times the time (CPU {ours.cpu / decoding.cpu:.2f})\n"
    )
    return table(["12 MP JPEG", *(f"{n}, ms (CPU)" for n in times)], rows) + "\n" + ratios


def _cell(spent: Spent) -> str:
    return f"{spent.clock:.0f} ({spent.cpu:.0f})"


if __name__ == "__main__":
    main()
