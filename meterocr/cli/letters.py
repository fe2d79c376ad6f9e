"""How messages of the outbox look: for people, and for programs. Phones are never written in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterocr.workflow.outbox import Delivery, Entry


def told(entry: Entry, attempts: tuple[Delivery, ...]) -> dict[str, Any]:
    """A message for a program."""
    from meterocr.billing.account import masked, without_phones

    failure = attempts[-1].progress.failure if attempts else None
    return {
        "key": entry.row.key,
        "kind": entry.row.kind.value,
        "consumer_number": entry.row.consumer_number,
        "recipient": masked(entry.row.recipient),
        "state": entry.state.value,
        "by_sms": entry.by_sms,
        "attempts": entry.attempts,
        "not_before": entry.not_before.isoformat(timespec="seconds"),
        "failure": failure and {"kind": failure.kind.value, "code": failure.code, "text": without_phones(failure.text)},
    }


def told_line(entry: Entry, attempts: tuple[Delivery, ...]) -> str:
    """A message for a person, with why it failed last where it did."""
    from meterocr.billing.account import masked, without_phones

    row = entry.row
    failure = attempts[-1].progress.failure if attempts else None
    why = f": {without_phones(failure.text)}" if failure else ""
    return f"{row.key}  {entry.state}  {row.kind} for {row.consumer_number} to {masked(row.recipient)}{why}"
