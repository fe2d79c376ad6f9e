"""Settings come from the environment, and wrong ones are refused without telling a secret."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meterocr.delivery.whatsapp.settings import GRAPH_URL, whatsapp_settings
from meterocr.errors import SettingError
from meterocr.workflow.pacing import Limits
from tests.delivery.conftest import ENVIRONMENT

SECRETS = ["METEROCR_WHATSAPP_TOKEN", "METEROCR_WHATSAPP_APP_SECRET", "METEROCR_WHATSAPP_VERIFY_TOKEN"]


def test_they_are_read() -> None:
    found = whatsapp_settings(ENVIRONMENT)
    assert (found.token, found.url) == (ENVIRONMENT["METEROCR_WHATSAPP_TOKEN"], GRAPH_URL)
    assert found.limits == Limits(80, timedelta(seconds=6), 100_000)
    assert whatsapp_settings(ENVIRONMENT | {"METEROCR_WHATSAPP_DAILY_RECIPIENTS": "unlimited"}).limits == Limits(
        80, timedelta(seconds=6), None
    )


def test_the_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert whatsapp_settings() == whatsapp_settings(ENVIRONMENT)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_each_is_needed(name: str) -> None:
    with pytest.raises(SettingError, match=f"expected {name} in the environment, got nothing"):
        whatsapp_settings({n: v for n, v in ENVIRONMENT.items() if n != name})


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["short", "with a space in the middle", "with-a-line-end-\n-in-it", "é" * 30])
def test_a_wrong_secret_is_refused_and_not_told(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name}: expected at least") as refused:
        whatsapp_settings(ENVIRONMENT | {name: value})
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PHONE_NUMBER_ID", "+919812345678"),
        ("DAILY_RECIPIENTS", "1000"),
        ("DAILY_RECIPIENTS", "Unlimited"),
        ("URL", "http://graph.facebook.com/v26.0"),
        ("URL", "https://graph.facebook.com/v26.0/"),
        ("URL", "https://user:word@graph.facebook.com/v26.0"),
        ("URL", "https://"),
        ("URL", "graph.facebook.com/v26.0"),
    ],
)
def test_wrong_values_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"METEROCR_WHATSAPP_{name}: expected"):
        whatsapp_settings(ENVIRONMENT | {f"METEROCR_WHATSAPP_{name}": value})
