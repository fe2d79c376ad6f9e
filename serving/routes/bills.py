"""Bills: issued, shown, printed, reversed, and sent as a link."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from meterocr.billing.money import Money
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.keys import Scope
from meterocr.workflow.links import LONGEST, sign_link
from meterocr.workflow.payments import Receipt, came_in, receive_payment
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.sheet import Layout
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.payments import Payment
from meterocr.workflow.wording import Language
from serving.access import act_of, allow
from serving.fields import BillInPath, Day, Form, Line, Name, Told, shown
from serving.once import IdempotencyKey, Once
from serving.pictures import PDFS, pdf
from serving.place import link_secret, place_of
from serving.schemas import failures
from serving.seen import note_seen
from serving.told import BILL, BillBody, bill_told

router = APIRouter(prefix="/v1/bills", tags=["bills"], dependencies=[allow(Scope.BILL)])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)


class IssueForm(Form):
    """Which connection is billed."""

    model_config = shown({"consumer_number": "DHN00451278"})

    consumer_number: Name
    until: Day | None = Field(None, description="Last day of the reading that closes it; without it, today.")


class ReverseForm(Form):
    """Why a bill does not count any more."""

    model_config = shown({"reason": "the meter of a neighbour"})

    reason: Line


class PaymentForm(Form):
    """Money that came in for a bill."""

    model_config = shown({"amount_paise": 146_958, "reference": "R-1", "on": "2026-11-25", "online": True})

    amount_paise: int = Field(ge=1, lt=10**15)
    reference: Line = Field(description="Of the receipt or the gateway; the same one is taken once for a bill.")
    on: Day | None = Field(None, description="When it came in; without it, today.")
    online: bool = Field(False, description="It came online, which may earn a rebate.")


class LinkForm(Form):
    """How long a link is good."""

    model_config = shown({"days": 30})

    days: int = Field(30, ge=1, le=LONGEST.days)


class StepBody(Told):
    """What happened to a bill."""

    state: str
    on: str
    note: str


class StoredBillBody(BillBody):
    """A bill as it was issued, and what happened since."""

    model_config = shown(BILL | {"due": "2026-12-10", "proof": "ab" * 32, "history": []})

    due: str
    proof: str = Field(description="The head of the chain that proves it.")
    history: list[StepBody]


class RebateCreditBody(Told):
    """A rebate that was earned: a credit for the next bill."""

    reason: str
    amount_paise: int


class ReceiptBody(Told):
    """What a payment came to."""

    model_config = shown(
        {
            "bill": "2026-0000042",
            "state": "paid",
            "amount_paise": 146_958,
            "left_paise": 0,
            "credit_paise": 2_939,
            "rebates": [{"reason": "early", "amount_paise": 2_939}],
        }
    )

    bill: str
    state: str
    amount_paise: int
    left_paise: int = Field(description="What is still to be paid of the bill.")
    credit_paise: int = Field(description="What goes to the next bill.")
    rebates: list[RebateCreditBody]


class LinkBody(Told):
    """A link by which a consumer sees this one bill."""

    model_config = shown({"path": "/v1/links/bills/2026-0000042?until=1798761600&signature=...", "until": 1798761600})

    path: str = Field(description="To be put behind the address of the server. Who has it sees the bill.")
    until: int = Field(description="Seconds since 1970, UTC.")


@router.post("", status_code=201, response_model=BillBody, responses=_FAILURES)
def issue(request: Request, key: IdempotencyKey, form: IssueForm) -> Response:
    """Issue the bill of a connection up to its last reading, with the message about it."""
    office = place_of(request).office

    def work(uow: UnitOfWork, act: Act) -> BillBody:
        until = date.fromisoformat(form.until) if form.until else act.day
        return bill_told(issue_bill(uow, form.consumer_number, until, office.rating, act))

    return Once(request, key, form).answer(work)


@router.get("/{bill}", responses=_FAILURES)
def show(request: Request, bill: BillInPath) -> StoredBillBody:
    """A bill with its lines, its due date, and what became of it. That it was looked at is written down."""
    with place_of(request).office.store.read() as uow:
        stored = uow.bills.get(bill)
    note_seen(request, "bill", bill)
    steps = [StepBody(state=s.state.value, on=s.on.isoformat(), note=s.note) for s in stored.bill.history]
    told = bill_told(stored.bill).model_dump()
    return StoredBillBody(**told, due=stored.due.isoformat(), proof=stored.head, history=steps)


@router.get("/{bill}/pdf", response_class=Response, response_model=None, responses=_FAILURES | PDFS)
def print_(
    request: Request, bill: BillInPath, layout: Layout = Layout.A4, language: Language = Language.HI
) -> Response:
    """A bill as PDF, on A4 or a roll of 80 mm. That it was looked at is written down."""
    content = place_of(request).office.printed(bill, layout=layout, language=language)
    note_seen(request, "bill", bill)
    return pdf(content, f"bill-{bill}.pdf")


@router.post("/{bill}/payments", status_code=201, response_model=ReceiptBody, responses=_FAILURES)
def pay(request: Request, key: IdempotencyKey, bill: BillInPath, form: PaymentForm) -> Response:
    """Write down that money came in for a bill, at once or in parts."""

    def work(uow: UnitOfWork, act: Act) -> ReceiptBody:
        when = came_in(date.fromisoformat(form.on), act) if form.on else act
        payment = Payment(bill, form.reference.strip(), Money(form.amount_paise), form.online, when)
        return _receipt(payment, receive_payment(uow, payment, entered=act))

    return Once(request, key, form).answer(work)


def _receipt(payment: Payment, receipt: Receipt) -> ReceiptBody:
    return ReceiptBody(
        bill=payment.number,
        state=receipt.bill.state.value,
        amount_paise=payment.amount.paise,
        left_paise=receipt.left.paise,
        credit_paise=receipt.credit.paise,
        rebates=[RebateCreditBody(reason=r.reason, amount_paise=r.amount.paise) for r in receipt.rebates],
    )


@router.post("/{bill}/reverse", response_model=BillBody, responses=_FAILURES)
def reverse(request: Request, key: IdempotencyKey, bill: BillInPath, form: ReverseForm) -> Response:
    """Take back the last bill of a connection: it stays to be seen, and its period can be billed anew."""

    def work(uow: UnitOfWork, act: Act) -> BillBody:
        return bill_told(reverse_bill(uow, bill, form.reason, act))

    return Once(request, key, form, HTTPStatus.OK).answer(work)


@router.post("/{bill}/link", responses=_FAILURES)
def link(request: Request, bill: BillInPath, form: LinkForm) -> LinkBody:
    """A signed link by which the consumer sees this bill, and nothing else, until it is over."""
    office = place_of(request).office
    secret = link_secret(request)
    act = act_of(request)
    with office.store.write() as uow:
        uow.bills.get(bill)
        uow.log.write(act, "link", bill, {"days": form.days})
    until, signature = sign_link(secret, bill, act.at + timedelta(form.days))
    return LinkBody(path=f"/v1/links/bills/{bill}?until={until}&signature={signature}", until=until)
