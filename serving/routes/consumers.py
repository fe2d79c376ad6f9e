"""Consumers: who is billed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from meterocr.billing.account import Consumer
from meterocr.workflow.erasure import erase_consumer
from meterocr.workflow.keys import Scope
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.register import add_consumer
from meterocr.workflow.values.act import Act
from serving.access import act_of, allow
from serving.fields import Form, Line, Name, NameInPath, Told, shown
from serving.once import IdempotencyKey, Once
from serving.place import place_of
from serving.schemas import failures
from serving.seen import note_seen

router = APIRouter(prefix="/v1/consumers", tags=["consumers"], dependencies=[allow(Scope.ADMIN)])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)


class ConsumerForm(Form):
    """A person or firm that has connections."""

    model_config = shown({"consumer_id": "K-1007", "name": "Asha Devi", "address": "Hirapur, Dhanbad"})

    consumer_id: Name
    name: Line
    address: Line


class ConsumerBody(Told):
    """A consumer with the numbers of their connections."""

    model_config = shown(
        {"consumer_id": "K-1007", "name": "Asha Devi", "address": "Hirapur, Dhanbad", "connections": ["DHN00451278"]}
    )

    consumer_id: str
    name: str
    address: str
    connections: list[str]


class ErasedBody(Told):
    """What was erased."""

    model_config = shown({"consumer_id": "K-1007", "photos": 3})

    consumer_id: str
    photos: int


@router.post("", status_code=201, response_model=ConsumerBody, responses=_FAILURES)
def create(request: Request, key: IdempotencyKey, form: ConsumerForm) -> Response:
    """Enter a consumer."""

    def work(uow: UnitOfWork, act: Act) -> ConsumerBody:
        add_consumer(uow, form.consumer_id, Consumer(form.name, form.address), act)
        return ConsumerBody(**form.model_dump(), connections=[])

    return Once(request, key, form).answer(work)


@router.get("/{consumer_id}", responses=_FAILURES)
def show(request: Request, consumer_id: NameInPath) -> ConsumerBody:
    """A consumer. That it was looked at is written down."""
    with place_of(request).office.store.read() as uow:
        consumer, numbers = uow.book.consumer(consumer_id)
    note_seen(request, "consumer", consumer_id)
    return ConsumerBody(consumer_id=consumer_id, name=consumer.name, address=consumer.address, connections=numbers)


@router.delete("/{consumer_id}/personal-data", responses=_FAILURES)
def erase(request: Request, consumer_id: NameInPath) -> ErasedBody:
    """Erase name, address, phones, messages, kept answers, and photos from which nothing was or will be billed.

    Bills stay as they were issued, with the photos that prove them. Done again, it does no harm.
    """
    office = place_of(request).office
    photos = erase_consumer(office.store, office.photos, consumer_id, act_of(request))
    return ErasedBody(consumer_id=consumer_id, photos=photos)
