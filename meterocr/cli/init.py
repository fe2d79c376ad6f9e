"""``meterocr init``: the place where everything is kept."""

from __future__ import annotations

import click

from meterocr.cli.answer import EXIT_CODES, Command, as_json, write


@click.command("init", cls=Command, epilog=EXIT_CODES)
@as_json
def init(*, as_json: bool) -> None:
    """Make the database and the folder of the photos, or bring them up to date; what is there is kept.

    \b
    Where and how, the environment says:
      METEROCR_HOME       folder of it all; without it meterocr-data, here
      METEROCR_DATABASE   URL of a PostgreSQL server, postgresql+psycopg://...; without it an SQLite file in the home
      METEROCR_TARIFFS    files of local rates over the JBVNL pack, which the office must enter: `duty` since
                          5 January 2026 and `late_payment`; an example is docs/rates-example.toml
      METEROCR_POLICY     when a person has to look: a TOML file with schema = 1 and any of max_risk_paise = 2000,
                          sure_from = 0.8, max_self_readings = 6, [[bands]] ...; the rest stays as it is
      METEROCR_UPI_ID, METEROCR_UPI_NAME   who is paid by the code on a bill
      METEROCR_UTILITY_NAME, _NAME_HI, _ADDRESS, _HELPLINE   as they stand on bills
    """
    from meterocr.composition import Settings, open_office, set_up

    settings = Settings.from_environment()
    set_up(settings)
    open_office(settings).close()  # and its tariffs and policy are right
    if as_json:
        write({"home": str(settings.home.resolve()), "tariffs": [str(path) for path in settings.tariffs]})
    else:
        click.echo(f"Everything is kept in {click.format_filename(settings.home.resolve())}.")
