"""The thread that sends the outbox: all of it, once, by one of several workers, and stopped in good order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meterocr.composition import Office
from meterocr.delivery.whatsapp.client import WhatsApp
from meterocr.errors import ChannelStoppedError, DeliveryError, RefusedError, UncertainError
from meterocr.workflow.messaging import Channel, Message
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.sending import PATIENCE, Clock, PostOffice
from meterocr.workflow.wording import Language, MessageKind
from serving import postman
from serving.postman import Postman, post_office
from tests.delivery.conftest import SETTINGS
from tests.serving.office import Clock as OfficeClock
from tests.serving.office import make_office
from tests.workflow import letters
from tests.workflow.letters import Hands


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = make_office(tmp_path)
    yield made
    made.close()


def post(office: Office, hands: Hands) -> PostOffice:
    made = letters.office(office.store, hands, moved=letters.Moved())
    return PostOffice(made.store, made.compose, made.main, made.sms, at_once=1, clock=Clock(office.clock))


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def test_what_waits_and_what_comes_later_is_sent(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postman, "_LOOK_S", 0.02)
    hands = Hands()
    letters.put_rows(office.store, letters.rows(2), office.clock())
    carrier = Postman(post(office, hands), office.settings.home)
    carrier.start()
    until(lambda: len(hands.sent) == 2)
    later = list(letters.rows(3))[2:]
    letters.put_rows(office.store, later, office.clock())
    until(lambda: len(hands.sent) == 3)
    carrier.close()
    assert sorted(hands.tried) == ["k-0", "k-1", "k-2"]


def test_of_two_workers_one_sends_until_it_is_closed(office: Office) -> None:
    first, second = (Hands(mark=f"-{i}") for i in range(2))
    one, other = (Postman(post(office, hands), office.settings.home) for hands in (first, second))
    one.work()
    letters.put_rows(office.store, letters.rows(1), office.clock())
    other.work()
    assert (first.tried, second.tried) == ([], [])
    one.work()
    assert (first.tried, second.tried) == (["k-0"], [])
    one.close()
    letters.put_rows(office.store, list(letters.rows(2))[1:], office.clock())
    other.work()
    assert second.tried == ["k-1"]
    other.close()


def test_what_was_lost_is_sent_again_though_nothing_else_waits(office: Office) -> None:
    hands = Hands(answers={"k-0": [UncertainError("no answer")]})
    letters.put_rows(office.store, letters.rows(1), office.clock())
    carrier = Postman(post(office, hands), office.settings.home)
    carrier.work()
    carrier.work()
    assert hands.tried == ["k-0"]
    assert isinstance(office.clock, OfficeClock)
    office.clock.now += PATIENCE
    carrier.work()
    assert hands.tried == ["k-0", "k-0"]
    carrier.close()


def test_a_channel_that_stopped_is_left_alone_for_a_while(office: Office) -> None:
    def refuse(_: Message) -> DeliveryError:
        return ChannelStoppedError("expected a valid token, got 190")

    letters.put_rows(office.store, letters.rows(2), office.clock())
    carrier = Postman(post(office, Hands(always=refuse)), office.settings.home)
    assert carrier.work() == postman._STOPPED_S
    carrier.close()


def test_a_mistake_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> float:
        raise ZeroDivisionError

    assert postman._attempt(fail) == postman._LOOK_S
    assert caplog.records[-1].exc_info


def test_without_whatsapp_messages_are_written_with_masked_phones(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = {"closes": office.clock().isoformat()}
    row = OutboxRow("k-0", MessageKind.PHOTO_REQUEST, letters.phone_of(0), "C-1", payload)
    letters.put_rows(office.store, [row], office.clock())
    made = post_office(office, Language.EN)
    assert made.main.messenger.channel is Channel.CONSOLE
    carrier = Postman(made, office.settings.home)
    carrier.work()
    carrier.close()
    told = capsys.readouterr()
    assert told.out == ""
    assert letters.phone_of(0) not in told.err
    assert "C-1" in told.err


def test_with_whatsapp_an_sms_fails_until_there_is_a_way(office: Office) -> None:
    with WhatsApp(SETTINGS) as client:
        sms = post_office(office, Language.EN, (client, SETTINGS.limits)).sms.messenger
        assert sms.channel is Channel.SMS
        with pytest.raises(RefusedError, match="no SMS route is set up"):
            sms.send(letters.compose(next(letters.rows(1))))
