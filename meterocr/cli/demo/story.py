"""The way from photos to bills, told act by act."""

from __future__ import annotations

import textwrap
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import click

from meterocr.billing.account import PhoneRegistration, Registrar, masked
from meterocr.billing.bill import Bill
from meterocr.billing.money import NOTHING
from meterocr.cli.demo.cast import CAST, DAY, Player, write_files
from meterocr.composition import Office
from meterocr.metering.consumption import IST
from meterocr.metering.verification import Verdict
from meterocr.store.transfer import Import, import_csv
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.composing import Composer
from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.locked import close_windows, issue_provisional, mark_visit
from meterocr.workflow.onward import bill_submission
from meterocr.workflow.payments import pay_bill
from meterocr.workflow.phones import register_phone
from meterocr.workflow.review import accept, reject
from meterocr.workflow.sheet import Layout
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.visits import Visit
from meterocr.workflow.wording import Language, MessageKind

_MITRA, _CLERK, _CONSUMER = "Urja Mitra (example)", "billing office (example)", "consumer (example)"
_OF_ANOTHER = "the photo is of another connection's meter"


def tell(opened: Office, folder: Path) -> None:
    """The whole story, in an office that is empty; CSV files and PDFs go below ``folder``."""
    _book(opened, folder)
    bills = _earlier(opened)
    bills += _photos(opened)
    bills += _people(opened)
    bills.append(_locked(opened))
    _papers(opened, folder, bills)
    _messages(opened)
    _proof(opened, bills[-2])


def _book(opened: Office, folder: Path) -> None:
    _title("The book", "Ten consumers who do not exist come in as CSV; the Urja Mitra registers their phones.")
    for kind, path in write_files(folder / "csv").items():
        how = Import(kind, skip_bad=False, on_error=lambda error: click.echo(f"  {error}", err=True))
        report = import_csv(opened.store, path, how, Act(_CLERK, DAY))
        click.echo(f"  {report.kept:>3} rows from {click.format_filename(path)}")
    act = Act(_MITRA, _first(6))
    with opened.store.write() as uow:
        for player in CAST:
            entry = PhoneRegistration(player.phone, player.number, act.at, act.by, Registrar.URJA_MITRA)
            register_phone(uow, entry, act)


def _earlier(opened: Office) -> list[Bill]:
    _title("Before", "Two bills that were paid; then one of the two premises was locked, and nobody sent a photo.")
    bills: list[Bill] = []
    for player, month in ((CAST[4], 7), (CAST[9], 8)):
        act = Act(_CLERK, _first(month))
        with opened.store.write() as uow:
            bills.append(issue_bill(uow, player.number, act.day, opened.rating, act))
        _paid(opened, bills[-1], act)
    act = Act(_CLERK, _first(8))
    with opened.store.write() as uow:
        bills.append(issue_provisional(uow, CAST[4].number, opened.rating, act))
    _paid(opened, bills[-1], act)
    return bills


def _paid(opened: Office, bill: Bill, act: Act) -> None:
    _tell(bill)
    if bill.total > NOTHING:
        with opened.store.write() as uow:
            pay_bill(uow, bill.number, "at the counter", act)


def _photos(opened: Office) -> list[Bill]:
    _title("Photos", f"On {DAY:%d-%m-%Y} photos of nine meters come in. Each is read, judged, and where nothing speaks "
           "against it, billed.")  # fmt: skip
    bills: list[Bill] = []
    for minute, player in enumerate(player for player in CAST if player.photo):
        act = Act(_CONSUMER, DAY + timedelta(minutes=minute))
        photo = files("meterocr.cli.demo").joinpath("photos", player.photo).read_bytes()
        incoming = Incoming(f"demo-{player.number}", player.number, photo, DAY - timedelta(3), DAY + timedelta(1))
        stored = submit(opened.desk, incoming, act)
        _tell_photo(stored, player)
        if stored.submission.verdict is Verdict.ACCEPTED:
            with opened.store.write() as uow:
                bills.append(bill_submission(uow, stored.id, opened.rating, act))
            _tell(bills[-1])
    return bills


def _people(opened: Office) -> list[Bill]:
    _title("A person looks", "What was doubtful waits until somebody in the office has seen the photo.")
    bills: list[Bill] = []
    act = Act(_CLERK, DAY + timedelta(hours=1))
    with opened.store.read() as uow:
        waiting = uow.submissions.waiting(len(CAST))
    for stored in waiting:
        made = stored.submission
        shows = next(player.shows for player in CAST if player.number == made.consumer_number)
        with opened.store.write() as uow:
            if made.text != shows:
                reject(uow, stored.id, _OF_ANOTHER, act)
                click.echo(f"  {made.consumer_number}: rejected, {_OF_ANOTHER}; a new one is asked for")
                continue
            accept(uow, stored.id, act, policy=opened.policy)
            bills.append(bill_submission(uow, stored.id, opened.rating, act))
        click.echo(f"  {made.consumer_number}: {made.text} is what the photo shows")
        _tell(bills[-1])
    return bills


def _locked(opened: Office) -> Bill:
    player = CAST[-1]
    _title("Locked", f"At {player.number} nobody was at home. A photo was asked for, and none came: the bill is "
           "provisional, from what was used before; the next reading takes it back.")  # fmt: skip
    with opened.store.write() as uow:
        mark_visit(uow, Visit(player.number, Act(_MITRA, DAY - timedelta(3)), DAY))
    close_windows(opened.store, opened.rating, Act(_CLERK, DAY + timedelta(hours=2)))
    with opened.store.read() as uow:
        bill = uow.bills.get(uow.bills.positions([player.number])[player.number].bills[-1].number).bill
    _tell(bill)
    return bill


def _papers(opened: Office, folder: Path, bills: list[Bill]) -> None:
    _title("Paper", "Every bill as one A4 page, and for the printer of the Urja Mitra as a receipt in Hindi.")
    paper = folder / "bills"
    paper.mkdir()
    for bill in bills:
        for layout, language in ((Layout.A4, Language.EN), (Layout.RECEIPT, Language.HI)):
            path = paper / f"{bill.connection.consumer_number}-{bill.number}-{layout}-{language}.pdf"
            path.write_bytes(opened.printed(bill.number, layout=layout, language=language))
        click.echo(f"  {click.format_filename(path.with_name(path.name.replace('receipt-hi', 'a4-en')))}")
    click.echo(f"  and {len(bills)} receipts beside them")


def _messages(opened: Office) -> None:
    with opened.store.read() as uow:
        rows = uow.outbox.waiting(100)
    _title("Messages", f"{len(rows)} wait in the outbox; `meterocr deliver` would send them. Three of them:")
    kinds = {row.kind: row for row in rows}
    for kind in (MessageKind.BILL, MessageKind.RETAKE, MessageKind.PHOTO_REQUEST):
        language = Language.HI if kind is MessageKind.RETAKE else Language.EN
        message = Composer(opened.store, opened.press, language)(kinds[kind])
        attached = f", with {message.document.file_name}" if message.document else ""
        click.echo(f"  to {masked(message.to)}{attached}:")
        click.echo(textwrap.indent(textwrap.fill(message.text, 100), "    "))


def _proof(opened: Office, bill: Bill) -> None:
    _title("Proof", "A bill is made again from what is stored: photo, digits, rules, decisions, tariff.")
    with opened.store.read() as uow:
        found = audit_bill(uow, opened.photos, bill.number)
    click.echo(f"  {bill.number}: {'the same, byte for byte' if found.proven else '; '.join(found.differences)}")
    click.echo(f"  head of the chain: {found.head}")


def _title(name: str, text: str) -> None:
    click.echo()
    click.secho(textwrap.fill(f"{name}. {text}", 110), bold=True)


def _tell_photo(stored: StoredSubmission, player: Player) -> None:
    made = stored.submission
    verdicts = {
        Verdict.ACCEPTED: "accepted",
        Verdict.REVIEW: "a person must look",
        Verdict.RETAKE: "a new photo, please",
    }
    click.echo(f"  {player.number} {player.photo}: {made.text or 'no reading'}: {verdicts[made.verdict]}")
    for sentence in made.reasons["en"]:
        click.echo(f"      {sentence}")


def _tell(bill: Bill) -> None:
    units = f"{bill.consumption.units:f} units from {bill.period}"
    kind = "provisional bill" if bill.consumption.provisional else "bill"
    click.echo(f"      {kind} {bill.number} of {bill.connection.consumer_number}: {units}: Rs {bill.total}")


def _first(month: int) -> datetime:
    return datetime(2025, month, 1, 12, tzinfo=IST)
