"""What WhatsApp posts: signed, kept, answered, and only then worked on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from starlette.responses import JSONResponse, PlainTextResponse, Response

from meterocr.delivery.whatsapp.webhook import MAX_BODY_BYTES, challenge, read_webhook
from meterocr.workflow.listening import items_of
from serving.access import public
from serving.body import body_of
from serving.errors import ApiError
from serving.fields import Told, shown
from serving.inbox import WhatsAppDoor
from serving.place import place_of
from serving.schemas import failures

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
_WEBHOOK = {"object": "whatsapp_business_account", "entry": []}
_POSTED = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}, "example": _WEBHOOK}},
    },
    "parameters": [
        {
            "name": "X-Hub-Signature-256",
            "in": "header",
            "schema": {"type": "string"},
            "example": "sha256=" + "ab" * 32,
            "description": "`sha256=` and the HMAC-SHA-256 of the body with the app secret, hex.",
        }
    ],
}


class KeptBody(Told):
    """What was kept to be worked on, and what was not understood."""

    model_config = shown({"kept": 1, "ignored": 0})

    kept: int = Field(description="Sent again, it is kept once.")
    ignored: int


@router.get(
    "/whatsapp",
    response_class=Response,  # or failures would be described as plain text too
    response_model=None,
    responses=failures(403, 404, 422)
    | {200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": "1158201444"}}}},
)
@public
async def verify(
    request: Request,
    mode: Annotated[str, Query(alias="hub.mode", examples=["subscribe"])],
    token: Annotated[
        str, Query(alias="hub.verify_token", description="That of the server's settings.", examples=["..."])
    ],
    nonce: Annotated[
        str, Query(alias="hub.challenge", max_length=200, description="Comes back.", examples=["1158201444"])
    ],
) -> PlainTextResponse:
    """The GET with which WhatsApp makes sure that the webhook is ours."""
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": nonce}
    return PlainTextResponse(challenge(query, _door(request).settings))


@router.post(
    "/whatsapp",
    response_model=KeptBody,
    responses=failures(400, 403, 404, 408, 413, 422, 503),
    openapi_extra=_POSTED,
)
@public
async def take(request: Request) -> JSONResponse:
    """Statuses of messages, and messages that people wrote: kept, and answered at once. Sent again, they do no harm."""
    door = _door(request)
    body_of(request).allow(MAX_BODY_BYTES)
    body = await request.body()
    signature = request.headers.get("x-hub-signature-256", "")

    def keep() -> tuple[int, int]:
        webhook = read_webhook(body, signature, door.settings)
        items = list(items_of(webhook.statuses, webhook.incoming))
        office = place_of(request).office
        with office.store.write() as uow:
            uow.inbox.add(items, office.clock())
        return len(items), webhook.ignored

    kept, ignored = await run_in_threadpool(keep)
    door.worker.wake()
    return JSONResponse({"kept": kept, "ignored": ignored})


def _door(request: Request) -> WhatsAppDoor:
    door = place_of(request).whatsapp
    if door is None:
        message = "expected a server that is set up for WhatsApp, got one without METEROCR_WHATSAPP_TOKEN"
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", message)
    return door
