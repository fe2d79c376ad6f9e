"""``meterocr bill pay``: money came in for a bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DAY, EXIT_CODES, Command, as_json, by, office, write
from meterocr.cli.numbers import Rupees

if TYPE_CHECKING:
    from meterocr.workflow.payments import Receipt


@click.command("pay", cls=Command, epilog=EXIT_CODES)
@click.argument("bill")
@click.option("--amount", type=Rupees(), required=True, metavar="RUPEES", help="Such as 1469.58.")
@click.option(
    "--reference", required=True, help="Of the receipt or the gateway; the same one is taken once for a bill."
)
@click.option("--on", type=DAY, metavar="DATE", help="Day on which it came in; without it, today.")
@click.option("--online", is_flag=True, help="It came online, which may earn a rebate.")
@by
@as_json
def pay(bill: str, **options: Any) -> None:
    """Write down that money came in for a bill, at once or in parts.

    What is too much, and a rebate that is earned, is a credit for the next bill. A list of a bank comes in by
    `meterocr consumer import payments FILE`.

    \b
    Example:
      meterocr bill pay 2026-0000042 --amount 1469.58 --reference R-1
    """
    from meterocr.workflow.payments import came_in, receive_payment
    from meterocr.workflow.values.payments import Payment

    if not options["reference"].strip():
        raise click.BadParameter("expected some text, got none", param_hint="--reference")
    with office() as opened, opened.store.write() as uow:
        act = opened.act(options["by"])
        when = act if options["on"] is None else came_in(options["on"].date(), act)
        payment = Payment(bill, options["reference"].strip(), options["amount"], options["online"], when)
        receipt = receive_payment(uow, payment, entered=act)
    told = receipt_told(payment.amount.paise, receipt)
    if options["as_json"]:
        write(told)
        return
    click.echo(f"Rs {payment.amount} came in for bill {bill}: {told['state']}, Rs {receipt.left} left to pay.")
    if receipt.credit:
        click.echo(f"Rs {receipt.credit} is a credit for the next bill.")
    for rebate in receipt.rebates:
        click.echo(f"Rs {rebate.amount} is a credit for the next bill: {rebate.reason}")


def receipt_told(paise: int, receipt: Receipt) -> dict[str, Any]:
    """A receipt for a program."""
    return {
        "bill": receipt.bill.number,
        "state": receipt.bill.state.value,
        "amount_paise": paise,
        "left_paise": receipt.left.paise,
        "credit_paise": receipt.credit.paise,
        "rebates": [{"reason": rebate.reason, "amount_paise": rebate.amount.paise} for rebate in receipt.rebates],
    }
