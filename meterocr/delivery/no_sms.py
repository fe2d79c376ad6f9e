"""Where a gateway for SMS would be: none is set up, and a message that needs one must not pass for sent."""

from __future__ import annotations

from meterocr.errors import RefusedError
from meterocr.workflow.messaging import Accepted, Channel, Message


class NoSms:
    """A :class:`~meterocr.workflow.messaging.Messenger` that refuses every message, so that a person sees it."""

    @property
    def channel(self) -> Channel:
        """SMS."""
        return Channel.SMS

    def send(self, message: Message) -> Accepted:  # noqa: ARG002 - the name is that of the protocol
        """Always raises.

        Raises:
            RefusedError: there is no way to go.
        """
        raise RefusedError("no SMS route is set up, and the phone is not on WhatsApp")
