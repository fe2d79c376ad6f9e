"""A data folder of drawn photos, for tests, notebooks and first steps: ``python -m training.drawn_folder OUT``.

It has the format of real ones (:mod:`training.manifest`), so everything that reads those works on it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from meterocr.readout import DisplayKind
from training.canvas import SynthScene
from training.manifest import SCENES
from training.synth import draw_sample

SOURCE = "synthetic"
_QUALITY = 88
_KINDS = tuple(DisplayKind)


def write_folder(out: Path, count: int, *, seed: int = 0, size: tuple[int, int] = (640, 640)) -> Path:
    """Draw ``count`` legible meters of ``size`` (width, height) px, LCDs and drums by turns, into ``out``; gives it.

    The photos of even numbers are of split ``val``, the others of ``train``. The same seed draws the same photos.
    """
    rows = []
    (out / "scenes").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = f"drawn-{seed}-{number:03d}"
        scene = draw_sample(np.random.default_rng([seed, number]), _KINDS[number // 2 % len(_KINDS)], size)
        Image.fromarray(scene.image).save(out / f"scenes/{name}.jpg", "JPEG", quality=_QUALITY)
        rows.append(_record(scene, name, ("val", "train")[number % 2]))
    (out / SCENES).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return out


def _record(scene: SynthScene, name: str, split: str) -> dict[str, object]:
    main = scene.displays[0]
    height, width = scene.image.shape[:2]
    whole, _, fraction = main.text.partition(".")
    quad = main.quad.astype(float).clip(0, (width, height)).round(1)
    return {
        "image": f"scenes/{name}.jpg",
        "id": name,
        "source": SOURCE,
        "kind": main.kind.value,
        "split": split,
        "group": name,
        "width": width,
        "height": height,
        "display": [*quad.min(0).tolist(), *quad.max(0).tolist()],
        "quad": quad.tolist(),
        "reading": whole + fraction,
        "decimals": len(fraction),
        "quality": "ok",
        "shows": "kwh",
        "read_by": "source",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(args.count, "photos in", write_folder(args.out, args.count, seed=args.seed))


if __name__ == "__main__":
    main()
