"""What creates something does so once for each ``Idempotency-Key``, however often it is asked for.

A key belongs to the key of the program that sent it. Sent again with the same request it brings the same answer; with
another request it is refused. The answer is kept in the transaction that created what it tells of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from meterocr.workflow.answers import Answer
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from serving.access import act_of
from serving.errors import ApiError
from serving.place import place_of

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._:-]{8,64}$",
        description="Of your choice, another one for each thing that is to be created; the same when you try again.",
        examples=["0b6f6a52-6a0b-4f7c-9c3e-5f0f6f1d2a10"],
    ),
]

Work = Callable[[UnitOfWork, Act], BaseModel]
First = Callable[[UnitOfWork, Act], None]
Finish = Callable[[Act], BaseModel]


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is answered once.

    Attributes:
        key: its idempotency key.
        given: what was sent, as it counts for being the same.
        status: of the answer.
    """

    request: Request
    key: str
    given: BaseModel | str
    status: HTTPStatus = HTTPStatus.CREATED

    def answer(self, work: Work) -> Response:
        """What ``work`` answers within one transaction, or answered before.

        Raises:
            ApiError: 422, the key came with another request before.
        """
        act = act_of(self.request)
        with place_of(self.request).office.store.write() as uow:
            body = self._replayed(uow.answers.begin(self.name, self._digest, act.at))
            if not body:
                body = work(uow, act).model_dump_json()
                uow.answers.keep(self.name, body)
        return self._response(body)

    def answer_in_steps(self, finish: Finish, *, first: First | None = None) -> Response:
        """The same where one transaction is not enough: ``first`` is done once, ``finish`` as often as it takes.

        ``finish`` must come to the same when it is done again after a kill.

        Raises:
            ApiError: as :meth:`answer`.
        """
        act, store = act_of(self.request), place_of(self.request).office.store
        with store.write() as uow:
            answer = uow.answers.begin(self.name, self._digest, act.at)
            body = self._replayed(answer)
            if answer is None and first is not None:
                first(uow, act)
        if not body:
            body = finish(act).model_dump_json()
            with store.write() as uow:
                uow.answers.keep(self.name, body)
        return self._response(body)

    @property
    def name(self) -> str:
        """Of the answer: nobody else can come upon it."""
        return f"{self.request.state.key.key_id}:{self.key}"

    @property
    def _digest(self) -> str:
        head = json.dumps([self.request.method, self.request.url.path])
        given = self.given if isinstance(self.given, str) else self.given.model_dump_json()
        return hashlib.sha256(f"{head}\n{given}".encode()).hexdigest()

    def _replayed(self, answer: Answer | None) -> str:
        if answer is None:
            return ""
        if answer.digest != self._digest:
            message = "expected a new Idempotency-Key for another request, got one that was used before"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key_reused", message)
        return answer.body

    def _response(self, body: str) -> Response:
        return Response(body, self.status, media_type="application/json")
