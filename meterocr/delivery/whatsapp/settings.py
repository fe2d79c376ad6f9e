"""What the WhatsApp Cloud API needs to know, from the environment and from nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from meterocr.errors import SettingError
from meterocr.workflow.pacing import Limits

GRAPH_URL = "https://graph.facebook.com/v26.0"  # of 29 July 2026; a version lives about two years
TIERS = (250, 2_000, 10_000, 100_000)  # recipients in 24 hours, shared by all numbers of the business portfolio
PREFIX = "METEROCR_WHATSAPP_"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """Where to send and as whom.

    Attributes:
        token: system user's access token.
        phone_number_id: of the business phone number (not the number itself).
        app_secret: signs the webhooks.
        verify_token: what the other side must know when a webhook is registered.
        url: with the API version, without a slash at the end.
        limits: messages a second, gap for one recipient, and recipients a day.
    """

    token: str = field(repr=False)
    phone_number_id: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    limits: Limits
    url: str = GRAPH_URL


def whatsapp_settings(environment: Mapping[str, str] = os.environ) -> WhatsAppSettings:
    """From the variables ``METEROCR_WHATSAPP_TOKEN``, ``_PHONE_NUMBER_ID``, ``_APP_SECRET``, ``_VERIFY_TOKEN``,
    ``_DAILY_RECIPIENTS`` (one of :data:`TIERS` or ``unlimited``) and, where it is not :data:`GRAPH_URL`, ``_URL``.

    Raises:
        SettingError: names a variable that is missing or wrong; never says the value of a secret.
    """
    return WhatsAppSettings(
        token=_secret(environment, "TOKEN", least=20),
        phone_number_id=_phone_number_id(environment),
        app_secret=_secret(environment, "APP_SECRET", least=16),
        verify_token=_secret(environment, "VERIFY_TOKEN", least=8),
        limits=Limits(
            per_second=80,  # of a number that has not been raised to 1,000
            recipient_gap=timedelta(seconds=6),
            daily_recipients=_daily_recipients(environment),
        ),
        url=_url(environment),
    )


def _value(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(PREFIX + name, "")
    if not value:
        raise SettingError(f"expected {PREFIX}{name} in the environment, got nothing")
    return value


def _secret(environment: Mapping[str, str], name: str, *, least: int) -> str:
    value = _value(environment, name)
    if len(value) < least or not re.fullmatch(r"[!-~]+", value):
        raise SettingError(
            f"{PREFIX}{name}: expected at least {least} printable ASCII characters without spaces, "
            f"got {len(value)} characters"
        )
    return value


def _phone_number_id(environment: Mapping[str, str]) -> str:
    value = _value(environment, "PHONE_NUMBER_ID")
    if not re.fullmatch(r"[0-9]{5,32}", value):
        raise SettingError(f"{PREFIX}PHONE_NUMBER_ID: expected 5 to 32 digits, got {value!r}")
    return value


def _daily_recipients(environment: Mapping[str, str]) -> int | None:
    value = _value(environment, "DAILY_RECIPIENTS")
    if value == _UNLIMITED:
        return None
    if value not in map(str, TIERS):
        expected = ", ".join(map(str, TIERS))
        raise SettingError(f"{PREFIX}DAILY_RECIPIENTS: expected {expected} or {_UNLIMITED}, got {value!r}")
    return int(value)


def _url(environment: Mapping[str, str]) -> str:
    """Plain HTTP only to this machine: the token travels in every request."""
    value = environment.get(f"{PREFIX}URL", GRAPH_URL)
    parts = urlsplit(value)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not secure or not parts.hostname or parts.query or parts.username or value.endswith("/"):
        raise SettingError(
            f"{PREFIX}URL: expected https:// with a host and the API version, as {GRAPH_URL}, got {value!r}"
        )
    return value
