"""Make one data folder of several: ``python -m training.merge OUT DATA MORE...``.

``OUT`` has the format of any data folder, so trainings, ``calibrate``, ``certify``, ``evaluate``, ``compare`` and
``select`` take it as their ``--data`` or ``--known``. Nothing is copied: ``OUT/0``, ``OUT/1``, ... are links to the
folders, and the manifests name the images through them. The same rules hold as within one folder: no id twice, no meter
in two splits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from training.manifest import SCENES, STRIPS, check_splits, load_records, load_scenes, load_strips, read_lines
from training.record import ManifestError

DIGITS = ("digits.csv", "digits.zip")


def merge(folders: Sequence[Path], out: Path) -> Path:
    """Write the data folder ``out`` from those of ``folders``; gives it. Labels stay as they are, uncorrected:
    corrections apply when ``out`` is read.

    Raises:
        ManifestError: a record breaks the format, or two contradict each other: names both files and lines.
    """
    if out.resolve() in {folder.resolve() for folder in folders}:
        raise ManifestError(f"expected a folder of its own to write to, got {out}, which is to be read")
    check_splits([record for folder in folders for record in load_records(folder)])
    with_digits = [folder for folder in folders if all((folder / name).exists() for name in DIGITS)]
    if len(with_digits) > 1:
        raise ManifestError(f"expected digits in one folder at most, got some in {', '.join(map(str, with_digits))}")
    out.mkdir(parents=True, exist_ok=True)
    for number, folder in enumerate(folders):
        _link(out / str(number), folder)
    for name in (SCENES, STRIPS):
        (out / name).write_text("".join(_lines(folders, name)), encoding="utf-8")
    for folder in with_digits:
        for name in DIGITS:
            _link(out / name, folder / name)
    return out


def _lines(folders: Sequence[Path], name: str) -> list[str]:
    lines = []
    for number, folder in enumerate(folders):
        for _, row in read_lines(folder, name):
            if isinstance(row, dict):
                lines.append(json.dumps(row | {"image": f"{number}/{row['image']}"}, ensure_ascii=False) + "\n")
    return lines


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target.resolve())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("data", type=Path, nargs="+", help="data folders")
    args = parser.parse_args()
    out = merge(args.data, args.out)
    print(f"{len(load_scenes(out))} photos and {len(load_strips(out))} strips in {out}")


if __name__ == "__main__":
    main()
