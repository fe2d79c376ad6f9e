"""The console shows what would be sent, and no whole phone number."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest

from meterocr.delivery.console import Console
from meterocr.workflow.messaging import Accepted, Channel
from meterocr.workflow.wording import MessageKind
from tests.delivery.conftest import PDF, PHONE, message


def test_what_would_be_sent_is_readable() -> None:
    stream = io.StringIO()
    accepted = Console(stream).send(message())
    written = stream.getvalue()
    assert PHONE[3:-2] not in written
    assert written.startswith("to +91********78: bill, hi, template, key-1\n  ")
    assert message().text in written
    assert f"with bill-B-1.pdf, {len(PDF)} bytes, SHA-256 {hashlib.sha256(PDF).hexdigest()}" in written
    assert accepted == Console(io.StringIO()).send(message())
    assert isinstance(accepted, Accepted)


def test_without_a_stream_it_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.send(message(MessageKind.ONE_TIME_CODE))
    assert "<code>" in capsys.readouterr().out
    assert console.channel is Channel.CONSOLE


def test_a_name_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    Console(stream).send(replace(message(), parameters=("A\x1b[2J\r", "C", "P", "1", "D"), free_form=True))
    assert not {"\x1b", "\r"} & set(stream.getvalue())
    assert "free-form" in stream.getvalue()
