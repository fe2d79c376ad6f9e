"""The tables of a tariff file, one reader for each kind of rate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

from meterocr.billing.account import Area
from meterocr.billing.money import Money
from meterocr.billing.tariff import (
    Band,
    Basis,
    Confidence,
    Duty,
    DutyKind,
    EarlyRebate,
    Energy,
    Entry,
    LatePayment,
    MonthlyCharge,
    OnlineRebate,
    Origin,
    Relief,
    Slab,
    Subsidy,
    Table,
    Terms,
    UnitCharge,
)
from meterocr.billing.tariff_fields import Fields

_AREAS = {area.value: area for area in Area}
_BASES = {basis.value: basis for basis in Basis}
_DUTIES = {kind.value: kind for kind in DutyKind}
_RELIEFS = {relief.value: relief for relief in Relief}


def read_entries(
    table: Table, place: Fields, categories: Collection[str], allowed: tuple[Confidence, ...]
) -> list[Entry]:
    """The entries of one ``[[table]]``, one for each category and area that it names.

    Raises:
        TariffError: not of the expected form.
    """
    whose = place.choices("category", {name: name for name in categories})
    areas = place.choices("area", _AREAS) if "area" in place else list(Area)
    start, end = place.day("from", otherwise=date.min), place.day("to", otherwise=date.max)
    if not start < end:
        raise place.refusal("to", f"a date after {start}", end)
    origin = Origin(place.text("source"), place.choice("confidence", {word.value: word for word in allowed}))
    terms = _READERS[table](place, origin)
    place.done()
    return [Entry(table, category, area, start, end, terms) for category in whose for area in areas]


def _energy(place: Fields, origin: Origin) -> Energy:
    slabs: list[Slab] = []
    for number, row in enumerate(place.tables("slabs"), 1):
        slab = Fields(place.file, f"{place.place}, slab {number}", row)
        lower = slab.whole("from", least=0)
        upper = slab.whole("below", least=lower + 1) if "below" in slab else None
        expected = slabs[-1].upper if slabs else 0
        if lower != expected:
            raise slab.refusal("from", f"{'a last slab before' if expected is None else expected}", lower)
        slabs.append(Slab(lower, upper, slab.number("rate")))
        slab.done()
    if not slabs or slabs[-1].upper is not None:
        raise place.refusal("slabs", "slabs of which the last one has no end", slabs[-1].upper if slabs else None)
    return Energy(tuple(slabs), origin)


def _monthly(place: Fields, origin: Origin) -> MonthlyCharge:
    return MonthlyCharge(place.number("rate"), place.choice("per", _BASES), origin)


def _meter_rent(place: Fields, origin: Origin) -> MonthlyCharge:
    return MonthlyCharge(place.number("rate"), Basis.CONNECTION, origin)


def _fuel(place: Fields, origin: Origin) -> UnitCharge:
    return UnitCharge(place.number("rate", negative=True), origin)


def _duty(place: Fields, origin: Origin) -> Duty:
    kind = place.choice("kind", _DUTIES)
    rate = place.percent("rate") if kind is DutyKind.PERCENT_NET else place.number("rate")
    return Duty(kind, rate, origin)


def _subsidy(place: Fields, origin: Origin) -> Subsidy:
    bands: list[Band] = []
    for number, row in enumerate(place.tables("bands"), 1):
        band = Fields(place.file, f"{place.place}, band {number}", row)
        up_to = band.whole("up_to", least=bands[-1].up_to + 1 if bands else 0)
        relief = band.choice("relief", _RELIEFS)
        bands.append(Band(up_to, relief, band.number("rate") if relief is Relief.PER_UNIT else None))
        band.done()
    return Subsidy(tuple(bands), origin)


def _early_rebate(place: Fields, origin: Origin) -> EarlyRebate:
    return EarlyRebate(place.percent("percent"), place.whole("days", least=1), origin)


def _online_rebate(place: Fields, origin: Origin) -> OnlineRebate:
    cap = place.number("cap")
    paise = cap.value * 100
    if paise != int(paise):
        raise place.refusal("cap", "rupees and whole paise", cap.value)
    return OnlineRebate(place.percent("percent"), Money(int(paise)), origin)


def _late_payment(place: Fields, origin: Origin) -> LatePayment:
    return LatePayment(place.percent("percent"), origin)


_READERS: Mapping[Table, Callable[[Fields, Origin], Terms]] = {
    Table.ENERGY: _energy,
    Table.FIXED: _monthly,
    Table.MINIMUM: _monthly,
    Table.FUEL: _fuel,
    Table.METER_RENT: _meter_rent,
    Table.DUTY: _duty,
    Table.SUBSIDY: _subsidy,
    Table.EARLY_REBATE: _early_rebate,
    Table.ONLINE_REBATE: _online_rebate,
    Table.LATE_PAYMENT: _late_payment,
}
