"""Phones of connections: registered at the door or by the consumer, with consent; opted out again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from meterocr.billing.account import PhoneRegistration, Registrar, masked
from meterocr.workflow.keys import Scope
from meterocr.workflow.phones import CodeCheck, confirm_phone, opt_out, register_phone
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from serving.access import act_of, allow
from serving.errors import ApiError
from serving.fields import Form, NameInPath, Phone, Told, shown
from serving.once import IdempotencyKey, Once
from serving.place import place_of
from serving.schemas import failures

router = APIRouter(prefix="/v1", tags=["phones"])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
CODES_A_MINUTE = 2
"""One-time codes that may be asked for, for one phone."""


class PhoneForm(Form):
    """A phone whose holder agrees to get the bills of the connection there."""

    model_config = shown({"phone": "+919812345678", "consent": True})

    phone: Phone
    consent: Literal[True] = Field(description="Who holds the phone agreed; needed.")


class CodeForm(Form):
    """The one-time code as it was typed in."""

    model_config = shown({"code": "042617"})

    code: str = Field(pattern=r"^[0-9]{6}$")


class OptOutForm(Form):
    """A phone that is to get nothing any more."""

    model_config = shown({"phone": "+919812345678"})

    phone: Phone


class PhoneBody(Told):
    """Where the bills of a connection go."""

    model_config = shown({"consumer_number": "DHN00451278", "phone": "+91********78", "live": True})

    consumer_number: str
    phone: str = Field(description="Masked.")
    live: bool = Field(description="False while its code was not typed in.")


class CodeBody(Told):
    """What came of a code; `expired`: too late, too many wrong ones, or none was asked for."""

    model_config = shown({"consumer_number": "DHN00451278", "code": "confirmed"})

    consumer_number: str
    code: CodeCheck


class OptOutBody(Told):
    """The connections whose bills went to the phone."""

    model_config = shown({"phone": "+91********78", "connections": ["DHN00451278"]})

    phone: str
    connections: list[str]


@router.post(
    "/connections/{consumer_number}/phone",
    status_code=201,
    response_model=PhoneBody,
    responses=_FAILURES,
    dependencies=[allow(Scope.VISIT)],
)
def register(request: Request, key: IdempotencyKey, consumer_number: NameInPath, form: PhoneForm) -> Response:
    """Register a phone at the door: it is live at once, in place of the one before."""
    return _register(Once(request, key, form), consumer_number, form, Registrar.URJA_MITRA)


@router.post(
    "/connections/{consumer_number}/phone/request",
    status_code=201,
    response_model=PhoneBody,
    responses=_FAILURES,
    dependencies=[allow(Scope.SUBMIT)],
)
def ask(request: Request, key: IdempotencyKey, consumer_number: NameInPath, form: PhoneForm) -> Response:
    """Register a phone from home: a one-time code is sent to it first, and it is live once that is confirmed."""
    wait = place_of(request).limits.take(f"code:{form.phone}", CODES_A_MINUTE)
    if wait:
        message = f"expected at most {CODES_A_MINUTE} codes a minute for one phone, got more"
        headers = {"Retry-After": str(wait)}
        raise ApiError(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", message, headers=headers)
    return _register(Once(request, key, form), consumer_number, form, Registrar.CONSUMER)


@router.post("/connections/{consumer_number}/phone/confirm", responses=_FAILURES, dependencies=[allow(Scope.SUBMIT)])
def confirm(request: Request, consumer_number: NameInPath, form: CodeForm) -> CodeBody:
    """Confirm a phone with the code that was sent to it. After five wrong codes a new one is needed."""
    with place_of(request).office.store.write() as uow:
        found = confirm_phone(uow, consumer_number, form.code, act_of(request))
    return CodeBody(consumer_number=consumer_number, code=found)


@router.post("/phones/opt-out", responses=_FAILURES, dependencies=[allow(Scope.SUBMIT)])
def leave(request: Request, form: OptOutForm) -> OptOutBody:
    """Send nothing to a phone any more, nor what waits to be sent. Done again, it does no harm."""
    with place_of(request).office.store.write() as uow:
        connections = opt_out(uow, form.phone, act_of(request))
    return OptOutBody(phone=masked(form.phone), connections=connections)


def _register(once: Once, consumer_number: str, form: PhoneForm, how: Registrar) -> Response:
    def work(uow: UnitOfWork, act: Act) -> PhoneBody:
        live = register_phone(uow, PhoneRegistration(form.phone, consumer_number, act.at, act.by, how), act)
        return PhoneBody(consumer_number=consumer_number, phone=masked(form.phone), live=live)

    return once.answer(work)
