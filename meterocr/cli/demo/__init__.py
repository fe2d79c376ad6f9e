"""``meterocr demo``: the whole way from photos to bills, with people who do not exist."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from meterocr.cli.answer import EXIT_CODES, Command


@click.command("demo", cls=Command, epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="meterocr-demo")
def demo(folder: Path) -> None:
    """Show the whole way from photos to bills with ten example consumers, in a FOLDER of its own (meterocr-demo).

    Nothing is sent, and the environment's settings do not matter.
    """
    if folder.is_dir() and any(folder.iterdir()):
        name = click.format_filename(folder)
        raise click.BadParameter(f"expected a new or empty folder, got {name!r}, which is not", param_hint="FOLDER")
    from meterocr.composition import Settings, open_office, set_up
    from meterocr.workflow.sheet import Payee, Utility

    utility = Utility("Example Power Distribution", "उदाहरण विद्युत वितरण", "1 Example Road, Dhanbad", "1912")
    settings = Settings(folder / "office", utility=utility, payee=Payee("example@example", "Example Power"))
    set_up(settings)
    from meterocr.cli.demo.story import tell

    with closing(open_office(settings)) as opened:
        tell(opened, folder)
    click.echo(f"\nGo on with it: METEROCR_HOME={click.format_filename(settings.home)} meterocr deliver")
