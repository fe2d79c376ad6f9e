"""Tariff files: the pack that travels with meterocr, overrides, and every way in which a file can be wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from meterocr.billing.account import Area
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.billing.tariff import Confidence, Duty, Energy, Table
from meterocr.billing.tariff_file import TariffText, load_tariff, parse_tariff
from meterocr.errors import TariffError
from tests.billing.conftest import JBVNL, MONTH, OPERATOR, WITH_OPERATOR

TOP = 'schema = 1\nname = "t"\n[category]\nhome = { requires = [] }\n'
ORIGIN = 'source = "s"\nconfidence = "order"\n'
ENERGY = f'[[energy]]\ncategory = ["home"]\nslabs = [{{ from = 0, rate = 6.65 }}]\n{ORIGIN}'
LOCAL = 'schema = 1\nname = "local"\n'
BY_OPERATOR = 'source = "s"\nconfidence = "operator"\n'


def parsed(toml: str, override: str | None = None) -> Tariff:
    overrides = [] if override is None else [TariffText("local.toml", override)]
    return parse_tariff(TariffText("t.toml", toml), overrides=overrides)


def rate_on(day: date, category: str, area: Area, tariff: Tariff = JBVNL) -> str:
    (found,) = [
        e.terms
        for e in tariff.entries
        if e.table is Table.ENERGY and (e.category, e.area) == (category, area) and e.start <= day < e.end
    ]
    assert isinstance(found, Energy)
    return found.slabs[0].rate.text


@pytest.mark.parametrize(
    ("category", "area", "rates"),
    [
        ("domestic", Area.RURAL, ["5.75", "5.80", "6.30", "6.70"]),
        ("domestic", Area.URBAN, ["6.25", "6.30", "6.65", "6.85"]),
        ("commercial", Area.RURAL, [None, "5.80", "6.10", "6.20"]),
        ("commercial", Area.URBAN, [None, "6.15", "6.65", "6.70"]),
        ("irrigation", Area.RURAL, [None, "5.00", "5.30", "5.30"]),
        ("irrigation", Area.URBAN, [None, "5.00", "5.30", "5.30"]),
        ("lt_industrial", Area.URBAN, [None, None, "6.05", "6.10"]),
        ("ht_industrial", Area.RURAL, [None, None, "5.85", "5.90"]),
    ],
)
def test_pack_has_the_reported_rates(category: str, area: Area, rates: list[str | None]) -> None:
    firsts = [date(2022, 1, 1), date(2023, 6, 1), date(2024, 3, 1), date(2025, 5, 1)]
    lasts = [date(2023, 5, 31), date(2024, 2, 29), date(2025, 4, 30), date(2030, 1, 1)]
    for first, last, rate in zip(firsts, lasts, rates, strict=True):
        if rate is not None:
            assert (rate_on(first, category, area), rate_on(last, category, area)) == (rate, rate)


def test_every_number_has_its_source() -> None:
    assert {entry.terms.origin.confidence for entry in JBVNL.entries} == {Confidence.PRESS}
    assert all(entry.terms.origin.source for entry in JBVNL.entries)


@pytest.mark.parametrize(
    ("category", "period", "missing"),
    [
        ("domestic", Period(date(2026, 1, 5), date(2026, 2, 4)), "rate duty for domestic, urban, 2026-01-05"),
        (
            "domestic",
            Period(date(2025, 12, 20), date(2026, 1, 19)),
            "duty for domestic, urban, 2026-01-05 to 2026-01-19",
        ),
        ("domestic", Period(date(2024, 2, 1), date(2024, 3, 2)), "fixed for domestic, urban, 2024-02-01 to 2024-03-01"),
        ("commercial", MONTH, "fixed for commercial, urban"),
        ("lt_industrial", Period(date(2024, 1, 1), date(2024, 1, 31)), "energy for lt_industrial, urban"),
        (
            "farm",
            MONTH,
            "expected a category of commercial, domestic, ht_industrial, irrigation, lt_industrial, got 'farm'",
        ),
    ],
)
def test_what_is_missing_is_refused(category: str, period: Period, missing: str) -> None:
    with pytest.raises(TariffError, match=missing):
        JBVNL.schedule(category, Area.URBAN).over(period)


def test_the_day_before_the_duty_ruling_is_known() -> None:
    (part,) = JBVNL.schedule("domestic", Area.URBAN).over(Period(date(2025, 12, 6), date(2026, 1, 5)))
    assert isinstance(part.rates.duty, Duty)


def test_rates_are_read_as_written() -> None:
    (entry, _) = parsed(TOP + ENERGY.replace("6.65", "0.1")).entries
    assert isinstance(entry.terms, Energy)
    assert entry.terms.slabs[0].rate.value == Decimal("0.1")


def test_override_takes_the_place_of_rates_for_its_days() -> None:
    over = (
        LOCAL + '[[energy]]\ncategory = ["home"]\narea = ["urban"]\nfrom = 2024-01-01\nto = 2024-02-01\n'
        "slabs = [{ from = 0, rate = 7 }]\n" + BY_OPERATOR
    )
    tariff = parsed(TOP + ENERGY, over)
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1)]
    assert [rate_on(day, "home", Area.URBAN, tariff) for day in days] == ["6.65", "7.00", "7.00", "6.65"]
    assert {rate_on(day, "home", Area.RURAL, tariff) for day in days} == {"6.65"}
    assert tariff.name == "t"


def test_override_may_add_a_category() -> None:
    over = LOCAL + '[category]\nshop = { requires = ["fixed"] }\n' + ENERGY.replace("home", "shop")
    tariff = parsed(TOP + ENERGY, over.replace("order", "operator"))
    assert tariff.categories == ("home", "shop")
    with pytest.raises(TariffError, match="rate fixed for shop"):
        tariff.schedule("shop", Area.RURAL).over(MONTH)


def test_digest_stands_for_the_rates() -> None:
    assert load_tariff().digest == JBVNL.digest
    others = {t.digest for t in (JBVNL, WITH_OPERATOR, JBVNL.without(Table.DUTY), parsed(TOP + ENERGY))}
    assert len(others) == 4
    assert parsed(TOP + ENERGY + "# a comment\n").digest == parsed(TOP + ENERGY).digest


def table(name: str, keys: str) -> str:
    return f'{TOP}{ENERGY}[[{name}]]\ncategory = ["home"]\n{keys}\n{ORIGIN}'


ONE_RATE = "rate = 1\nper = 'connection'"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("schema = ", "t.toml: expected TOML, got: Invalid value"),
        ("", "t.toml: top level: schema: expected a whole number of at least 1, got nothing"),
        (TOP.replace("= 1", "= 2", 1), "t.toml: top level: schema: expected 1, got 2"),
        ("schema = 1\nname = ''", "top level: name: expected text, got ''"),
        (TOP + "colour = 1", "top level: category.colour: expected a table, got 1"),
        ("colour = 1\n" + TOP, "top level: colour: expected one of the keys .*energy.*, got 1"),
        (
            TOP.replace("[]", '["energy"]'),
            r"\[category.home\]: requires: expected a list of fixed, .*, got \['energy'\]",
        ),
        (TOP.replace("[]", '[], need = "x"'), r"\[category.home\]: need: expected one of the keys requires, got 'x'"),
        (
            TOP + ENERGY.replace('["home"]', '["hut"]'),
            r"\[\[energy\]\] number 1: category: expected a list of home, got \['hut'\]",
        ),
        (TOP + ENERGY.replace('["home"]', '"home"'), "category: expected a list of home, got 'home'"),
        (TOP + ENERGY.replace("order", "guess"), "confidence: expected 'order' or 'press' or 'operator', got 'guess'"),
        (TOP + ENERGY.replace('"s"', '""'), "source: expected text, got ''"),
        (TOP + ENERGY.replace("6.65", '"6.65"'), "slab 1: rate: expected a number of at least 0 .*, got '6.65'"),
        (TOP + ENERGY.replace("6.65", "-1"), "slab 1: rate: expected a number of at least 0 .*, got -1"),
        (TOP + ENERGY.replace("6.65", "nan"), "slab 1: rate: expected a number of at least 0 .*, got NaN"),
        (TOP + ENERGY.replace("6.65", "true"), "slab 1: rate: expected a number of at least 0 .*, got True"),
        (TOP + ENERGY.replace("6.65", "6.6500001"), "slab 1: rate: expected .* at most 6 decimals, .*, got 6.6500001"),
        (TOP + ENERGY.replace("from = 0", "from = 1"), "slab 1: from: expected 0, got 1"),
        (
            TOP + ENERGY.replace("from = 0", "from = 0, below = 0"),
            "below: expected a whole number of at least 1, got 0",
        ),
        (
            TOP + ENERGY.replace("from = 0", "from = 0, below = 9"),
            "slabs: expected slabs of which the last one has no end, got 9",
        ),
        (
            TOP + ENERGY.replace("6.65 }", "1 }, { from = 5, rate = 2 }"),
            "slab 2: from: expected a last slab before, got 5",
        ),
        (
            TOP + ENERGY.replace("6.65", "1, till = 5"),
            "slab 1: till: expected one of the keys below, from, rate, got 5",
        ),
        (TOP + ENERGY.replace("[{ from = 0, rate = 6.65 }]", "[]"), "slabs: expected slabs .*, got nothing"),
        (TOP + ENERGY.replace("[{ from = 0, rate = 6.65 }]", "6.65"), "slabs: expected a list of tables, got 6.65"),
        (TOP + ENERGY + "from = 2024-01-01T00:00:00\n", "from: expected a date such as 2024-03-01, got datetime"),
        (TOP + ENERGY + "from = 2024-01-02\nto = 2024-01-02\n", "to: expected a date after 2024-01-02, got"),
        (
            TOP + ENERGY + ENERGY,
            r"t.toml: \[\[energy\]\]: from and to: expected one rate a day for home, rural, got two from",
        ),
        (
            f"{TOP}{ENERGY}to = 2024-01-01\n{ENERGY}from = 2024-01-02\n",
            "one rate a day for home, rural, got none from 2024-01-01 to 2024-01-02",
        ),
        (
            f"{TOP}{ENERGY}to = 2024-01-02\n{ENERGY}from = 2024-01-01\n",
            "one rate a day for home, rural, got two from 2024-01-01 to 2024-01-02",
        ),
        (
            table("fixed", "rate = 1"),
            r"\[\[fixed\]\] number 1: per: expected 'connection' or 'kw' or 'hp', got nothing",
        ),
        (table("fixed", "per = 'kw'"), "rate: expected a number of at least 0 .*, got nothing"),
        (table("duty", "kind = 'percent'\nrate = 6"), "kind: expected 'percent_net' or 'per_unit', got 'percent'"),
        (table("duty", "kind = 'percent_net'\nrate = 101"), "rate: expected a percentage from 0 to 100, got 101"),
        (
            table("subsidy", "bands = [{ up_to = 200, relief = 'all' }]"),
            "band 1: relief: expected 'zero_bill' or 'per_unit'",
        ),
        (table("subsidy", "bands = [{ up_to = 200, relief = 'per_unit' }]"), "band 1: rate: expected a number"),
        (
            table("subsidy", "bands = [{ up_to = 200, relief = 'zero_bill', rate = 1 }]"),
            "band 1: rate: expected one of the keys",
        ),
        (
            table("subsidy", "bands = [{ up_to = 2, relief = 'zero_bill' }, { up_to = 2, relief = 'zero_bill' }]"),
            "band 2: up_to: expected a whole number of at least 3, got 2",
        ),
        (table("early_rebate", "percent = 2"), "days: expected a whole number of at least 1, got nothing"),
        (table("online_rebate", "percent = 1\ncap = 0.001"), "cap: expected rupees and whole paise, got 0.001"),
        (table("late_payment", "percent = -1"), "percent: expected a number of at least 0"),
        (table("meter_rent", ONE_RATE), "per: expected one of the keys"),
        (table("rent", ONE_RATE), "top level: rent: expected one of the keys"),
    ],
)
def test_wrong_files_are_refused(toml: str, message: str) -> None:
    with pytest.raises(TariffError, match=message):
        parsed(toml)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (LOCAL + ENERGY, "local.toml: .*confidence: expected 'operator', got 'order'"),
        (LOCAL + (ENERGY * 2).replace("order", "operator"), "local.toml: .*got two from"),
        (LOCAL + ENERGY.replace("home", "hut"), "local.toml: .*category: expected a list of home"),
    ],
)
def test_wrong_overrides_are_refused(override: str, message: str) -> None:
    with pytest.raises(TariffError, match=message):
        parsed(TOP + ENERGY, override)


def test_override_must_not_leave_a_gap_to_the_tariff() -> None:
    duty = "kind = 'per_unit'\nrate = 1\n"
    base = table("duty", duty + "to = 2024-01-01")
    over = f'{LOCAL}[[duty]]\ncategory = ["home"]\n{duty}from = 2024-01-05\n{BY_OPERATOR}'
    with pytest.raises(TariffError, match=r"local.toml: \[\[duty\]\]: .*got none from 2024-01-01 to 2024-01-05"):
        parsed(base, over)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TariffError, match=r"none\.toml: expected a tariff file that can be read, got: No such file"):
        load_tariff(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(TariffError, match=r"latin\.toml: expected a tariff file that can be read, got: not UTF-8"):
        load_tariff(OPERATOR, overrides=[tmp_path / "latin.toml"])
