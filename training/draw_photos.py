"""Draw the photos that the project carries: docs/, tests/golden/ and those of `meterocr demo`.

``python -m training.draw_photos`` writes them anew.

They show no real meter, so they may be committed; every photo follows from its seed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from meterocr.readout import DisplayKind
from training.synth import draw_sample

SAMPLE = (DisplayKind.LCD, 1, (900, 1200))
GOLDEN = [
    *((DisplayKind.LCD, seed) for seed in (20, 21, 25, 29)),
    *((DisplayKind.MECHANICAL, seed) for seed in (25, 28, 31, 32)),
]
DEMO = [
    *((DisplayKind.LCD, seed) for seed in (105, 116)),
    *((DisplayKind.MECHANICAL, seed) for seed in (202, 280, 324, 332, 348)),
]
BLURRED = (DisplayKind.LCD, 102)
_SIZE = (640, 640)
_QUALITY = 88
_SMALL = (560, 560)  # they travel in the wheel
_SMALL_QUALITY = 80
_BLUR = 9  # px, standard deviation


def write_photo(path: Path, kind: DisplayKind, seed: int, size: tuple[int, int]) -> dict[str, str]:
    """Draw a legible meter into a JPEG of ``size`` (width, height) px; gives what a reader should say of it."""
    scene = draw_sample(np.random.default_rng(seed), kind, size)
    Image.fromarray(scene.image).save(path, "JPEG", quality=_QUALITY)
    return {"photo": path.name, "text": scene.displays[0].text, "kind": kind.value}


def write_demo(folder: Path) -> None:
    """Draw the photos of `meterocr demo`, one of them too blurred to be read."""
    for kind, seed in (*DEMO, BLURRED):
        image = Image.fromarray(draw_sample(np.random.default_rng(seed), kind, _SMALL).image)
        if (kind, seed) == BLURRED:
            image = image.filter(ImageFilter.GaussianBlur(_BLUR))
        image.save(folder / f"{kind}-{seed}.jpg", "JPEG", quality=_SMALL_QUALITY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout")
    root: Path = parser.parse_args().root
    golden = root / "tests" / "golden"
    demo = root / "meterocr" / "cli" / "demo" / "photos"
    for folder in (root / "docs", golden, demo):
        folder.mkdir(parents=True, exist_ok=True)
    write_demo(demo)
    write_photo(root / "docs" / "sample.jpg", *SAMPLE)
    told = [write_photo(golden / f"{kind}-{seed}.jpg", kind, seed, _SIZE) for kind, seed in GOLDEN]
    (golden / "expected.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
