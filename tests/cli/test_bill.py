"""``meterocr bill estimate``: what it says, its exit codes, and what it loads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import objects, run

OPERATOR = str(Path(__file__).parents[1] / "golden" / "operator.toml")
HOME = {"--category": "domestic", "--area": "urban", "--units": "201", "--from": "2024-08-01", "--to": "2024-08-31"}
SHOP = {**HOME, "--category": "commercial", "--override": OPERATOR}


def arguments(given: dict[str, str], *more: str) -> list[str]:
    return ["bill", "estimate", *(word for pair in given.items() for word in pair), *more]


@pytest.mark.parametrize(("units", "paise"), [("200", 0), ("201", 102_460), ("400", 194_000), ("401", 276_665)])
def test_golden_totals(units: str, paise: int) -> None:
    result = run(*arguments({**HOME, "--units": units}, "--without", "duty", "--json"))
    assert (result.exit_code, result.stderr) == (0, "")
    (told,) = objects(result)
    assert (told["schema"], told["total_paise"], told["units"]) == (1, paise, units)
    lines = told["lines"]
    assert isinstance(lines, list)
    assert sum(line["amount_paise"] for line in lines) == paise


def test_for_people() -> None:
    result = run(*arguments(HOME))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Energy charge     201 units x Rs 6.65                         1,336.65",
        "Fixed charge      Rs 100.00 x 1 month                           100.00",
        "State subsidy     201 units x Rs 2.05                          -412.05",
        "Electricity duty  6 % of Rs 1,024.60                             61.48",
        "Total             201 units, 2024-08-01 to 2024-08-31, in Rs  1,086.08",
        "Rebate of Rs 21.72: 2 % of Rs 1,086.08 when paid within 5 days of the bill",
        "Rebate of Rs 10.86: 1 % of Rs 1,086.08, at most Rs 250.00, when paid online before the due date",
    ]


def test_load_and_override() -> None:
    (told,) = objects(run(*arguments({**SHOP, "--load-kw": "5", "--units": "620"}, "--json")))
    assert told["total_paise"] == 510_084
    result = run(*arguments(SHOP))
    assert result.exit_code == 2
    assert "expected --load-kw: a charge for commercial, urban depends on it" in result.stderr


def test_a_missing_rate_is_an_error() -> None:
    late = {**HOME, "--from": "2026-02-01", "--to": "2026-03-03"}
    message = "tariff jbvnl: expected a rate duty for domestic, urban, 2026-02-01 to 2026-03-03, got none"
    result = run(*arguments(late))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {message}")
    result = run(*arguments(late, "--json"))
    assert (result.exit_code, result.stderr) == (1, "")
    (told,) = objects(result)
    assert told["error"] == {
        "code": "tariff_error",
        "message": f"{message}; the operator must enter it in an override file",
    }
    assert run(*arguments(late, "--without", "duty")).exit_code == 0
    assert run(*arguments({**late, "--override": OPERATOR})).exit_code == 0


def test_a_tariff_of_ones_own(place: Path) -> None:
    (place / "own.toml").write_text(
        'schema = 1\nname = "own"\ncategory.home = { requires = [] }\n[[energy]]\ncategory = ["home"]\n'
        'slabs = [{ from = 0, rate = 3.5 }]\nsource = "s"\nconfidence = "order"\n'
    )
    (told,) = objects(run(*arguments({**HOME, "--category": "home", "--tariff": "own.toml"}, "--json")))
    assert (told["tariff"], told["total_paise"]) == ("own", 70_350)
    (place / "own.toml").write_text("schema = 9")
    result = run(*arguments({**HOME, "--tariff": "own.toml"}))
    assert (result.exit_code, result.stderr) == (1, "Error: own.toml: top level: schema: expected 1, got 9\n")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--units": "-1"}, "expected a number of at least 0"),
        ({"--units": "many"}, "got 'many'"),
        ({"--units": "nan"}, "got 'nan'"),
        ({"--units": "1e999999999"}, "got '1e999999999'"),
        ({"--units": "1e-7"}, "at most 6 decimals"),
        ({"--load-kw": "0"}, "expected a number above 0"),
        ({"--area": "coast"}, "'coast' is not one of"),
        ({"--category": "farm"}, "expected one of commercial, domestic, ht_industrial, irrigation, lt_industrial"),
        ({"--from": "1 August"}, "'1 August' does not match"),
        ({"--to": "2024-08-01"}, "expected a day after 2024-08-01, got 2024-08-01"),
        ({"--without": "subsidy"}, "'subsidy' is not"),
        ({"--tariff": "none.toml"}, "'none.toml' does not exist"),
        ({"--colour": "red"}, "No such option"),
    ],
)
def test_wrong_usage_is_2(changed: dict[str, str], message: str) -> None:
    result = run(*arguments({**HOME, **changed}))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize("left_out", HOME)
def test_what_is_needed(left_out: str) -> None:
    given = {option: value for option, value in HOME.items() if option != left_out}
    result = run(*arguments(given))
    assert result.exit_code == 2
    assert left_out in result.stderr


def test_help() -> None:
    result = run("bill", "estimate", "--help")
    assert result.exit_code == 0
    assert all(
        option in result.stdout for option in [*HOME, "--without", "--load-kw", "--tariff", "--override", "--json"]
    )


def test_it_loads_nothing_heavy() -> None:
    code = (
        "import json, sys\nfrom meterocr.cli import main\n"
        f"main({arguments(HOME, '--json')!r}, standalone_mode=False)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    bill, modules = map(json.loads, done.stdout.splitlines())
    assert bill["total_paise"] == 108_608
    assert not {"numpy", "cv2", "onnxruntime", "PIL"} & set(modules)


def test_the_example_of_local_rates_is_enough() -> None:
    example = str(Path(__file__).parents[2] / "docs" / "rates-example.toml")
    late = {**HOME, "--from": "2026-02-01", "--to": "2026-03-03", "--override": example}
    (told,) = objects(run(*arguments(late, "--json")))
    duty = [line["formula"] for line in told["lines"] if line["code"] == "duty"]  # type: ignore[attr-defined]
    assert duty == ["201 units x Rs 0.20"]
    assert "docs/rates-example.toml" in run("init", "--help").stdout
