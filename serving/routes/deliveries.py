"""What goes to people's phones, and what became of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from meterocr.billing.account import masked, without_phones
from meterocr.workflow.keys import Scope
from meterocr.workflow.messaging import Channel, FailureKind, Status
from meterocr.workflow.outbox import Delivery, Entry, OutboxState
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.resending import retry
from meterocr.workflow.values.act import Act
from meterocr.workflow.wording import MessageKind
from serving.access import allow
from serving.errors import ApiError
from serving.fields import NAME, Most, Told, shown
from serving.once import IdempotencyKey, Once
from serving.place import place_of
from serving.schemas import failures
from serving.seen import note_seen

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"], dependencies=[allow(Scope.BILL)])
_FAILURES = failures(400, 401, 403, 422, 429, 503)

KeyInPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$", examples=["bill:2026-0000042"])]

_ATTEMPT = {
    "attempt": 1,
    "channel": "whatsapp",
    "free_form": False,
    "status": "delivered",
    "since": "2026-11-25T05:00:00+00:00",
    "failure": None,
    "failure_code": None,
    "failure_text": "",
}
_DELIVERY = {
    "key": "bill:2026-0000042",
    "kind": "bill",
    "consumer_number": "DHN00451278",
    "recipient": "+91********78",
    "state": "sent",
    "not_before": "2026-11-25T05:00:00+00:00",
    "attempts": [_ATTEMPT],
}


class AttemptBody(Told):
    """One attempt to hand a message over."""

    attempt: int
    channel: Channel
    free_form: bool
    status: Status
    since: str
    failure: FailureKind | None
    failure_code: int | None = Field(description="The channel's own.")
    failure_text: str = Field(description="In the channel's words, without phone numbers; empty where none failed.")


class DeliveryBody(Told):
    """A message, where it stands, and every attempt."""

    model_config = shown(_DELIVERY)

    key: str
    kind: MessageKind
    consumer_number: str
    recipient: str = Field(description="Masked.")
    state: OutboxState
    not_before: str = Field(description="When it may be tried next.")
    attempts: list[AttemptBody]


class DeliveriesBody(Told):
    """The latest messages about a connection or of a state, newest first."""

    model_config = shown({"deliveries": [_DELIVERY]})

    deliveries: list[DeliveryBody]


class CountsBody(Told):
    """How many messages there are, by state."""

    model_config = shown({"waiting": 12, "claimed": 0, "sent": 4310, "failed": 7, "dropped": 3})

    waiting: int
    claimed: int
    sent: int
    failed: int
    dropped: int


@router.get("", responses=_FAILURES)
def about(
    request: Request,
    consumer_number: Annotated[str | None, Query(pattern=NAME, examples=["DHN00451278"])] = None,
    state: Annotated[OutboxState | None, Query(examples=[OutboxState.FAILED.value])] = None,
    most: Most = 50,
) -> DeliveriesBody:
    """The messages about a connection, of a state, or both; one of them is needed. Looking is written down."""
    if consumer_number is None and state is None:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "expected consumer_number or state, got neither")
    number = consumer_number or ""
    with place_of(request).office.store.read() as uow:
        if state is None:
            rows = uow.outbox.about(number, most)
        else:
            rows = uow.outbox.of_state(state, most, consumer_number=number)
    note_seen(request, "deliveries", number or f"all that are {state}")
    return DeliveriesBody(deliveries=[_told(entry, attempts) for entry, attempts in rows])


@router.post("/{key}/retry", response_model=DeliveryBody, responses=_FAILURES | failures(404, 409))
def again(request: Request, idempotency_key: IdempotencyKey, key: KeyInPath) -> Response:
    """A message that was given up waits again, for the phone that is registered now."""

    def work(uow: UnitOfWork, act: Act) -> DeliveryBody:
        return _told(retry(uow, key, act), uow.outbox.attempts(key))

    return Once(request, idempotency_key, "", HTTPStatus.OK).answer(work)


@router.get("/counts", responses=_FAILURES)
def counts(request: Request) -> CountsBody:
    """How many messages wait, went, and were given up."""
    with place_of(request).office.store.read() as uow:
        found = uow.outbox.counts()
    return CountsBody(**{state.value: found.get(state, 0) for state in OutboxState})


def _told(entry: Entry, attempts: tuple[Delivery, ...]) -> DeliveryBody:
    return DeliveryBody(
        key=entry.row.key,
        kind=entry.row.kind,
        consumer_number=entry.row.consumer_number,
        recipient=masked(entry.row.recipient),
        state=entry.state,
        not_before=entry.not_before.isoformat(),
        attempts=[_attempt(each) for each in attempts],
    )


def _attempt(delivery: Delivery) -> AttemptBody:
    progress = delivery.progress
    return AttemptBody(
        attempt=delivery.attempt,
        channel=delivery.channel,
        free_form=delivery.free_form,
        status=progress.status,
        since=progress.since.isoformat(),
        failure=progress.failure.kind if progress.failure else None,
        failure_code=progress.failure.code if progress.failure else None,
        failure_text=without_phones(progress.failure.text) if progress.failure else "",
    )
