"""Photometric damage for training strips: what cheap phone cameras and WhatsApp do to a display.

The only module that imports albumentations.
"""

from __future__ import annotations

import albumentations as A
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_LEAST_CONTRAST = 0.35  # of the strip's own, after damage


class StripAugment:
    """Callable on an (H, W, 3) uint8 RGB strip; each draw is decided by ``seed`` alone.

    ``hue_shift``: most that colours are turned, of 180 for the whole circle.
    """

    def __init__(self, *, seed: int, hue_shift: int) -> None:
        self._damage = A.Compose(
            [
                A.OneOf(
                    [
                        A.RandomBrightnessContrast(brightness_limit=0.3, contrast_limit=0.4),
                        A.RandomGamma(gamma_limit=(50, 180)),
                        A.RandomToneCurve(scale=0.35),
                    ],
                    p=0.6,
                ),
                A.HueSaturationValue(hue_shift_limit=hue_shift, sat_shift_limit=50, val_shift_limit=20, p=0.4),
                A.ToGray(p=0.08),
                A.OneOf(
                    [
                        A.GaussianBlur(blur_limit=(3, 9)),
                        A.MotionBlur(blur_limit=(3, 13)),
                        A.Defocus(radius=(1, 4)),
                        A.Downscale(scale_range=(0.2, 0.6)),
                    ],
                    p=0.4,
                ),
                A.OneOf(
                    [
                        A.RandomShadow(shadow_roi=(0, 0, 1, 1), shadow_intensity_range=(0.2, 0.6)),
                        A.PlasmaShadow(shadow_intensity_range=(0.2, 0.6)),
                        A.RandomSunFlare(flare_roi=(0, 0, 1, 1), src_radius=40, num_flare_circles_range=(1, 4)),
                        A.Illumination(intensity_range=(0.05, 0.2)),
                    ],
                    p=0.2,
                ),
                A.OneOf([A.ISONoise(intensity=(0.1, 0.4)), A.GaussNoise(std_range=(0.02, 0.08))], p=0.3),
                A.ImageCompression(quality_range=(25, 90), p=0.4),
            ],
            seed=seed,
        )

    def __call__(self, strip: Image) -> Image:
        out: Image = self._damage(image=strip)["image"]
        # A strip bleached or blackened until nothing is left would teach the net to invent digits.
        return out if out.std() > _LEAST_CONTRAST * strip.std() else strip
