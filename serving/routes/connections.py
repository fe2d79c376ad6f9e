"""Service connections with the meters on their walls, and how they stand."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from meterocr.billing.account import Area, masked
from meterocr.errors import NotFoundError
from meterocr.metering.meter import Meter, Phase, Register, Supply
from meterocr.readout import Quantity
from meterocr.workflow.keys import Scope
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.register import add_connection, exchange_meter, install_meter
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import LiveBill, Position
from meterocr.workflow.values.connections import ConnectionEntry, Installation
from meterocr.workflow.values.readings import StoredReading
from serving.access import allow
from serving.errors import wrong
from serving.fields import Decimals, Form, Name, NameInPath, Told, shown
from serving.once import IdempotencyKey, Once
from serving.place import place_of
from serving.schemas import failures
from serving.seen import note_seen
from serving.told import ReadingBody, reading_told

router = APIRouter(prefix="/v1/connections", tags=["connections"], dependencies=[allow(Scope.ADMIN)])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
_LAST = 12  # readings that are shown


class RegisterForm(Form):
    """A counter of a meter."""

    quantity: Quantity = Quantity.KWH
    digits: int = Field(ge=1, le=12, description="Before the point.")
    decimals: int = Field(0, ge=0, le=4)
    multiplying_factor: Decimals = Field("1", description="Because of instrument transformers; above 0.")


class MeterForm(Form):
    """A meter that is hung up now."""

    serial_number: Name
    phase: Phase = Phase.SINGLE
    registers: list[RegisterForm] = Field(min_length=1, max_length=8)
    shows: Decimals = Field(description="What the register that is billed shows now.")


_METER = {"serial_number": "GE1145723", "registers": [{"quantity": "kwh", "digits": 6}], "shows": "1204"}


class ConnectionForm(Form):
    """A new connection."""

    model_config = shown(
        {
            "consumer_number": "DHN00451278",
            "consumer_id": "K-1007",
            "category": "domestic",
            "area": "urban",
            "sanctioned_load_kw": "2",
            "book": "B-12",
            "meter": _METER,
        }
    )

    consumer_number: Name
    consumer_id: Name
    category: Name = Field(description="Of the tariff.")
    area: Area
    sanctioned_load_kw: Decimals
    phase: Phase = Phase.SINGLE
    book: Name = Field(description="The meter reader's book, by which bill runs go.")
    meter: MeterForm


class ExchangeForm(Form):
    """Another meter in place of the one that hangs there."""

    model_config = shown({"showed": "48210", "meter": _METER})

    showed: Decimals = Field(description="What the old meter's billed register shows at last.")
    meter: MeterForm


class InstalledBody(Told):
    """Which meter hangs where."""

    model_config = shown({"consumer_number": "DHN00451278", "serial_number": "GE1145723"})

    consumer_number: str
    serial_number: str


class BillHeadBody(Told):
    """A bill that counts."""

    number: str
    start: str
    end: str
    units: str
    total_paise: int
    due: str
    provisional: bool
    paid: bool
    replaced: bool


class PositionBody(Told):
    """Where a connection stands."""

    model_config = shown(
        {
            "consumer_number": "DHN00451278",
            "name": "Asha Devi",
            "address": "Hirapur, Dhanbad",
            "category": "domestic",
            "area": "urban",
            "sanctioned_load_kw": "2",
            "serial_number": "GE1145723",
            "phone": "+91********78",
            "readings": [],
            "bills": [],
        }
    )

    consumer_number: str
    name: str
    address: str
    category: str
    area: Area
    sanctioned_load_kw: str
    serial_number: str
    phone: str = Field(description="Where its bills go, masked; empty where nobody registered one.")
    readings: list[ReadingBody] = Field(description="The last ones, oldest first.")
    bills: list[BillHeadBody] = Field(description="That count and are not settled, oldest first.")


@router.post("", status_code=201, response_model=InstalledBody, responses=_FAILURES)
def create(request: Request, key: IdempotencyKey, form: ConnectionForm) -> Response:
    """Enter a connection of a consumer who is there, with its meter."""
    office = place_of(request).office

    def work(uow: UnitOfWork, act: Act) -> InstalledBody:
        office.tariff.schedule(form.category, form.area)  # a category that cannot be billed is refused now
        supply = Supply(_above_nothing(form.sanctioned_load_kw, "sanctioned_load_kw"), form.phase)
        number = form.consumer_number
        entry = ConnectionEntry(number, form.consumer_id, form.category, form.area, supply, form.book)
        add_connection(uow, entry, act)
        install_meter(uow, Installation(number, _meter(form.meter), act.at), Decimal(form.meter.shows), act)
        return InstalledBody(consumer_number=number, serial_number=form.meter.serial_number)

    return Once(request, key, form).answer(work)


@router.post("/{consumer_number}/meters", status_code=201, response_model=InstalledBody, responses=_FAILURES)
def exchange(request: Request, key: IdempotencyKey, consumer_number: NameInPath, form: ExchangeForm) -> Response:
    """Take the meter down that hangs there, and hang up another one, now."""
    policy = place_of(request).office.policy

    def work(uow: UnitOfWork, act: Act) -> InstalledBody:
        installation = Installation(consumer_number, _meter(form.meter), act.at)
        exchange_meter(uow, installation, Decimal(form.showed), Decimal(form.meter.shows), act, policy=policy)
        return InstalledBody(consumer_number=consumer_number, serial_number=form.meter.serial_number)

    return Once(request, key, form).answer(work)


@router.get("/{consumer_number}", responses=_FAILURES)
def show(request: Request, consumer_number: NameInPath) -> PositionBody:
    """Where a connection stands. That it was looked at is written down."""
    with place_of(request).office.store.read() as uow:
        position = uow.bills.positions([consumer_number]).get(consumer_number)
        readings = uow.readings.of(consumer_number)[-_LAST:]
    if position is None:
        raise NotFoundError(f"expected a connection with a meter, got {consumer_number!r}")
    note_seen(request, "connection", consumer_number)
    return _told(position, readings)


def _told(position: Position, readings: list[StoredReading]) -> PositionBody:
    connection = position.connection
    return PositionBody(
        consumer_number=connection.consumer_number,
        name=connection.consumer.name,
        address=connection.consumer.address,
        category=connection.category,
        area=connection.area,
        sanctioned_load_kw=f"{connection.supply.sanctioned_load_kw:f}",
        serial_number=connection.meter.serial_number,
        phone=masked(position.phone),
        readings=[reading_told(stored) for stored in readings],
        bills=[_bill_told(bill) for bill in position.bills],
    )


def _bill_told(bill: LiveBill) -> BillHeadBody:
    return BillHeadBody(
        number=bill.number,
        start=bill.period.start.isoformat(),
        end=bill.period.end.isoformat(),
        units=f"{bill.units:f}",
        total_paise=bill.total.paise,
        due=bill.due.isoformat(),
        provisional=bill.provisional,
        paid=bill.paid,
        replaced=bill.replaced,
    )


def _meter(form: MeterForm) -> Meter:
    registers = tuple(
        Register(r.quantity, r.digits, r.decimals, _above_nothing(r.multiplying_factor, "multiplying_factor"))
        for r in form.registers
    )
    try:
        return Meter(form.serial_number, registers, form.phase)
    except ValueError as error:  # a quantity twice
        raise wrong("registers", str(error)) from error


def _above_nothing(text: str, name: str) -> Decimal:
    value = Decimal(text)
    if not value:
        raise wrong(name, "expected a number above 0, got 0")
    return value
