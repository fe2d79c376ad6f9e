"""What the error codes of the Cloud API mean for who sends.

Meta's list: developers.facebook.com, WhatsApp Business Platform, Error codes. It asks to go by ``code`` and
``error_data.details``, not by titles or HTTP status.
"""

from __future__ import annotations

from collections.abc import Mapping

from meterocr.errors import (
    ChannelDownError,
    ChannelStoppedError,
    DeliveryError,
    NotReachableError,
    RefusedError,
    ThrottledError,
    WindowClosedError,
)
from meterocr.workflow.messaging import Failure, FailureKind

_KINDS: Mapping[int, FailureKind] = {
    131026: FailureKind.NOT_REACHABLE,  # not on WhatsApp, terms not accepted, or an app that is too old
    131047: FailureKind.WINDOW_CLOSED,
    4: FailureKind.THROTTLED,  # the app's calls an hour
    80007: FailureKind.THROTTLED,  # the business account's calls
    130429: FailureKind.THROTTLED,  # messages a second
    131056: FailureKind.THROTTLED,  # messages to one recipient
    1: FailureKind.CHANNEL_DOWN,  # unknown, "try again"
    2: FailureKind.CHANNEL_DOWN,
    131000: FailureKind.CHANNEL_DOWN,
    131016: FailureKind.CHANNEL_DOWN,
    131057: FailureKind.CHANNEL_DOWN,  # in maintenance, such as while throughput is raised
    133004: FailureKind.CHANNEL_DOWN,
    0: FailureKind.CHANNEL_STOPPED,  # token cannot be checked
    3: FailureKind.CHANNEL_STOPPED,  # permission
    10: FailureKind.CHANNEL_STOPPED,  # permission
    190: FailureKind.CHANNEL_STOPPED,  # token expired
    368: FailureKind.CHANNEL_STOPPED,  # blocked for a breach of policy
    131005: FailureKind.CHANNEL_STOPPED,  # permission
    131031: FailureKind.CHANNEL_STOPPED,  # account locked
    131042: FailureKind.CHANNEL_STOPPED,  # payment
    131045: FailureKind.CHANNEL_STOPPED,  # number not registered
    131048: FailureKind.CHANNEL_STOPPED,  # flagged as spam too often: more messages make it worse
    133010: FailureKind.CHANNEL_STOPPED,  # number not registered
}
_WAITS_S: Mapping[int, int] = {130429: 1, 131056: 6, 4: 300, 80007: 300}
_ERRORS: Mapping[FailureKind, type[DeliveryError]] = {
    FailureKind.NOT_REACHABLE: NotReachableError,
    FailureKind.WINDOW_CLOSED: WindowClosedError,
    FailureKind.CHANNEL_DOWN: ChannelDownError,
    FailureKind.CHANNEL_STOPPED: ChannelStoppedError,
    FailureKind.REFUSED: RefusedError,
}


def failure(code: int, text: str) -> Failure:
    """What to do about an error ``code``; codes that are not known mean that the message is refused."""
    if 200 <= code <= 299:  # permissions
        return Failure(FailureKind.CHANNEL_STOPPED, code, text)
    return Failure(_KINDS.get(code, FailureKind.REFUSED), code, text)


def error(found: Failure) -> DeliveryError:
    """The same as an error to raise."""
    message = f"WhatsApp answered {found.code}: {found.text or 'no words'}"
    if found.kind is FailureKind.THROTTLED:
        wait_s = _WAITS_S[found.code]
        return ThrottledError(message, code=found.code, wait_s=wait_s, recipient_only=found.code == 131056)
    return _ERRORS[found.kind](message, code=found.code)
