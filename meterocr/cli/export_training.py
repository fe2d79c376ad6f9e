"""``meterocr export-training``: what people decided trains the next model."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DAY, EXIT_CODES, FILE, Command, by, office
from meterocr.errors import NotFoundError

if TYPE_CHECKING:
    from meterocr.composition import Office
    from meterocr.workflow.examples import Example

_MANIFEST = "scenes.jsonl"


@click.command("export-training", cls=Command, epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--since", type=DAY, required=True, metavar="DATE", help="Decisions from this day on, as in 2026-11-01.")
@click.option(
    "--agreed",
    type=FILE,
    required=True,
    metavar="FILE",
    help="Consumer numbers whose consumers agreed that their photos train models, one a line. Others are left out.",
)
@click.option("--blur", is_flag=True, help="Make everything outside of the display unrecognisable.")
@by
def export_training(folder: Path, **options: Any) -> None:
    """Write the photos that people read at the review desk into FOLDER, in the format of training/.

    Photos are without EXIF and without names; the same meter is always on the same side of the split.
    """
    from meterocr.metering.consumption import IST
    from meterocr.workflow.examples import examples

    since: datetime = options["since"].replace(tzinfo=IST)
    agreed = _agreed(options["agreed"])
    _make(folder)
    written: set[str] = set()
    gone: set[str] = set()
    with office() as opened:
        with opened.store.read() as uow, (folder / _MANIFEST).open("w", encoding="utf-8") as manifest:
            for example in examples(uow, since, agreed):
                if example.sha256 in written | gone:  # the same photo for two connections is one example
                    continue
                try:
                    row = _row(opened, folder, example, blur=options["blur"])
                except NotFoundError:
                    gone.add(example.sha256)
                    continue
                manifest.write(json.dumps(row) + "\n")
                written.add(example.sha256)
        with opened.store.write() as uow:
            uow.log.write(opened.act(options["by"]), "export_training", "", {"photos": len(written)})
    click.echo(f"{len(written)} photos in {click.format_filename(folder)}")
    if gone:
        click.echo(f"Left out, as they are not kept any more: {len(gone)}")


def _agreed(file: Path) -> frozenset[str]:
    """One number a line, as editors on all systems write them."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"expected text in UTF-8, got {click.format_filename(file)!r}, which is not"
        raise click.BadParameter(message, param_hint="--agreed") from error
    return frozenset(filter(None, map(str.strip, text.splitlines())))


def _make(folder: Path) -> None:
    """The folder, with one for the photos in it."""
    name = click.format_filename(folder)
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise click.BadParameter(f"expected a new or empty folder, got {name!r}, which is not", param_hint="FOLDER")
        (folder / "scenes").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"expected a folder that can be made, got {name!r}: {error.strerror}"
        raise click.BadParameter(message, param_hint="FOLDER") from error


def _row(opened: Office, folder: Path, example: Example, *, blur: bool) -> dict[str, Any]:
    """A photo is written, and how the manifest tells of it."""
    from meterocr.vision.anonymous import bare_photo
    from meterocr.workflow.examples import SOURCE

    content, (width, height) = bare_photo(opened.photos.get(example.sha256), example.quad, blurred=blur)
    name = f"{SOURCE}-{example.sha256[:16]}"
    (folder / "scenes" / f"{name}.jpg").write_bytes(content)
    corners = [[min(max(x, 0), width), min(max(y, 0), height)] for x, y in example.quad.points]
    xs, ys = zip(*corners, strict=True)
    return {
        "id": name,
        "image": f"scenes/{name}.jpg",
        "source": SOURCE,
        "group": example.group,
        "kind": example.kind,
        "split": example.split,
        "width": width,
        "height": height,
        "display": [min(xs), min(ys), max(xs), max(ys)],
        "quad": corners,
        "reading": example.reading,
        "decimals": example.decimals,
        "quality": "hard" if example.hard else "ok",
        "shows": example.shows,
        "read_by": "eye",
    }
