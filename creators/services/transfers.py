"""Passing earnings on: promised in the ledger with their rows, sent to Stripe until it answers, and followed.

A refusal is an answer: nothing has left, the money is owed again, and the next payout makes another row, which has
another key. Locks: payout, then transfer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.services.notifying import notify
from creators.enums import PayoutState, TransferState
from creators.models import Payout, Reversal, Transfer
from creators.selectors.owing import is_frozen
from creators.services.outbox import BATCH, due, key_may_be_gone, put_off, take
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.errors import (
    BalanceTooLowError,
    PayeeNotReadyError,
    PayeeUnsupportedError,
    PaymentMissingError,
    PaymentRefusedError,
    ReversalTooLargeError,
    TransferTooLargeError,
)
from ticketing.services.ledger import Posting, post
from ticketing.stripe_objects import TransferRequest

if TYPE_CHECKING:
    from ticketing import stripe_objects

log = structlog.get_logger(__name__)
# How long a transfer waits whose payment a bank asks back, before it is looked at again.
FROZEN_PAUSE: Final = timedelta(hours=1)
# What Stripe says of a transfer, and not of our key to it or of something else that is in the way for now.
ANSWERS: Final = (
    PayeeNotReadyError,
    PayeeUnsupportedError,
    BalanceTooLowError,
    TransferTooLargeError,
    PaymentMissingError,
)


def promise(rows: list[Transfer]) -> None:
    """Write down that transfers, which have just been made, are on their way; inside the caller's transaction."""
    post(*(_posting(row, "promise") for row in rows))


def send_transfer(transfer_id: int) -> bool:
    """Ask Stripe for a transfer; False if there is nothing to do, another job has it, or payouts are stopped."""
    rows = Transfer.objects.select_related("payout__payee", "earning")
    transfer = rows.get(pk=transfer_id)
    if transfer.state == TransferState.WANTED and is_frozen(transfer.earning):
        Transfer.objects.filter(pk=transfer_id).update(due_at=timezone.now() + FROZEN_PAUSE)
        return False
    if not take(Transfer.objects.all(), transfer_id):
        return False
    transfer = rows.get(pk=transfer_id)
    try:
        found = _made_before(transfer) if key_may_be_gone(transfer) else None
        _send(transfer, found)
    except Exception:
        # Whatever it was: the row stays, and the others are not kept waiting.
        log.exception("transfer_not_sent", transfer=transfer.public_id, attempts=transfer.attempts)
        put_off(transfer)
    return True


def send_due_transfers(limit: int = BATCH) -> int:
    """Send some of what waits; return how many. Any number of these may run at once."""
    rows = due(Transfer.objects.all()).order_by("due_at", "pk").values_list("pk", flat=True)
    return sum(send_transfer(pk) for pk in rows[:limit])


def transfer_changed(_kind: str, transfer: str) -> None:
    """Follow a transfer and what came back of it; a handler of settings.STRIPE_EVENT_HANDLERS."""
    try:
        found = gateway.retrieve_transfer(transfer)
    except PaymentMissingError:
        log.warning("transfer_unknown", transfer=transfer)
        return
    ours = (
        Transfer.objects.filter(stripe_id=found.id).first()
        or Transfer.objects.filter(public_id=found.metadata.get("transfer") or "-").first()
    )
    if ours is None:
        log.warning("transfer_not_ours", transfer=transfer)
        return
    _apply(ours.pk, found)
    if found.reversed:
        for reversal in gateway.list_reversals(found.id):
            learn_of_reversal(ours.pk, reversal)


def learn_of_reversal(transfer_id: int, found: stripe_objects.TransferReversal) -> None:
    """Take over that so much of a transfer has come back, whoever asked for it."""
    with transaction.atomic():
        transfer = locked_transfer(transfer_id)
        rows = Reversal.objects.select_for_update(no_key=True).filter(transfer=transfer)
        named = Q(public_id=found.metadata.get("reversal") or "-", stripe_id="")
        ours = rows.filter(Q(stripe_id=found.id) | named).first()
        counted = ours is not None and ours.state != TransferState.REFUSED
        if ours is None:
            log.warning("reversal_from_outside", transfer=transfer.public_id, reversal=found.id)
            ours = Reversal(transfer=transfer, amount=found.amount)
        if ours.state == TransferState.DONE:
            return
        ours.transfer = transfer
        if not counted:
            if transfer.amount - transfer.reversed < found.amount:
                # What we have asked for and not got is among it.
                refuse_reversals(transfer, ReversalTooLargeError.code)
            transfer.reversed += found.amount
            transfer.save(update_fields=["reversed"])
        ours.state, ours.stripe_id, ours.why = TransferState.DONE, found.id, ""
        ours.settled_at, ours.leased_until = timezone.now(), None
        ours.save()
        post(reversal_posting(ours))


def locked_transfer(transfer_id: int) -> Transfer:
    """Lock a transfer's payout and then the transfer for the rest of the transaction."""
    payout = Transfer.objects.values_list("payout", flat=True).get(pk=transfer_id)
    Payout.objects.select_for_update(no_key=True).get(pk=payout)
    rows = Transfer.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("earning", "payout__payee").get(pk=transfer_id)


def give_up(transfer: Transfer, why: str) -> None:
    """Take back what was promised and did not leave: it is owed again. The transfer is locked."""
    transfer.state, transfer.why = TransferState.REFUSED, why
    transfer.settled_at, transfer.leased_until = timezone.now(), None
    transfer.save(update_fields=["state", "why", "settled_at", "leased_until"])
    post(_posting(transfer, "undo"))
    # What was to be taken back of it never left.
    refuse_reversals(transfer, why)
    _settle_payout(transfer.payout)


def ask_back(transfer: Transfer, minor: int) -> Reversal:
    """Write down that so much of a transfer, which is locked, is to come back; a job asks Stripe for it."""
    transfer.reversed += minor
    transfer.save(update_fields=["reversed"])
    return Reversal.objects.create(transfer=transfer, amount=minor)


def refuse_reversals(transfer: Transfer, why: str, only: int | None = None) -> None:
    """Wait no longer for what was to come back of a transfer, which is locked: it is a debt of its creator's."""
    rows = Reversal.objects.select_for_update(no_key=True).filter(transfer=transfer, state=TransferState.WANTED)
    for reversal in rows.order_by("pk") if only is None else rows.filter(pk=only):
        reversal.state, reversal.why = TransferState.REFUSED, why
        reversal.settled_at, reversal.leased_until = timezone.now(), None
        reversal.save(update_fields=["state", "why", "settled_at", "leased_until"])
        transfer.reversed -= reversal.amount
    transfer.save(update_fields=["reversed"])


def transfer_moves(transfer: Transfer) -> dict[str, tuple[str, str, int]]:
    """Return its entries by their last word, as it stands: debit, credit and amount."""
    currency = transfer.earning.currency
    owed, away = accounts.creator(transfer.earning.creator_key, currency), accounts.transfers(currency)
    found = {"promise": (owed, away, transfer.amount)}
    if transfer.state == TransferState.DONE:
        found["paid"] = (away, accounts.stripe(currency), transfer.amount)
    elif transfer.state == TransferState.REFUSED:
        found["undo"] = (away, owed, transfer.amount)
    return found


def reversal_posting(reversal: Reversal) -> Posting:
    """Return what the ledger says of money that came back: it is at Stripe again, and its creator's."""
    earning = reversal.transfer.earning
    owed, stripe = accounts.creator(earning.creator_key, earning.currency), accounts.stripe(earning.currency)
    money = type(earning.money)(reversal.amount, earning.currency)
    return Posting(stripe, owed, money, f"reversal:{reversal.public_id}:done")


def _posting(transfer: Transfer, word: str) -> Posting:
    debit, credit, minor = transfer_moves(transfer)[word]
    money = type(transfer.earning.money)(minor, transfer.earning.currency)
    return Posting(debit, credit, money, f"transfer:{transfer.public_id}:{word}")


def _send(transfer: Transfer, found: stripe_objects.Transfer | None) -> None:
    """Have the transfer made, if it was not found, and take over what Stripe answers."""
    try:
        made = found or gateway.create_transfer(_request(transfer), key=f"transfer:{transfer.public_id}")
    except ANSWERS as error:
        _refuse(transfer.pk, error)
    else:
        _apply(transfer.pk, made)


def _request(transfer: Transfer) -> TransferRequest:
    """Raises PayeeNotReadyError, unless an earlier attempt may have gone through: then Stripe has to say it."""
    payout = transfer.payout
    if transfer.attempts == 1 and not payout.payee.may_be_paid:
        raise PayeeNotReadyError(payout.payee.transfers)
    return TransferRequest(
        amount=transfer.amount,
        currency=transfer.earning.currency,
        destination=payout.payee.account,
        charge=transfer.charge or None,
        group="" if transfer.charge else payout.public_id,
        metadata={"transfer": transfer.public_id, "payout": payout.public_id},
    )


def _made_before(transfer: Transfer) -> stripe_objects.Transfer | None:
    """Return what an earlier attempt has made, of which only the answer was lost. Raises LookupError.

    A transfer out of a payment is in the payment's group at Stripe.
    """
    group = gateway.retrieve_charge(transfer.charge).transfer_group if transfer.charge else transfer.payout.public_id
    if not group:
        msg = f"{transfer.charge} is in no group: nobody can tell whether {transfer.public_id} was made."
        raise LookupError(msg)
    made = gateway.list_transfers(group)
    return next((each for each in made if each.metadata.get("transfer") == transfer.public_id), None)


def _apply(transfer_id: int, found: stripe_objects.Transfer) -> None:
    """Take over that Stripe has passed the money on."""
    with transaction.atomic():
        transfer = locked_transfer(transfer_id)
        if transfer.state != TransferState.WANTED:
            return
        transfer.state, transfer.stripe_id = TransferState.DONE, found.id
        transfer.settled_at, transfer.leased_until = timezone.now(), None
        transfer.save(update_fields=["state", "stripe_id", "settled_at", "leased_until"])
        post(_posting(transfer, "paid"))
        _settle_payout(transfer.payout)


def _refuse(transfer_id: int, error: PaymentRefusedError) -> None:
    """Write down that Stripe says no."""
    with transaction.atomic():
        transfer = locked_transfer(transfer_id)
        if transfer.state == TransferState.WANTED:
            log.error("transfer_refused", transfer=transfer.public_id, why=error.code, reason=error.reason)
            give_up(transfer, error.code)


def _settle_payout(payout: Payout) -> None:
    """Say how a payout, which is locked, has ended, once all its transfers have."""
    states = set(Transfer.objects.filter(payout=payout).values_list("state", flat=True))
    if TransferState.WANTED in states:
        return
    payout.state = PayoutState.FAILED if TransferState.REFUSED in states else PayoutState.PAID
    payout.ended_at = timezone.now()
    payout.save(update_fields=["state", "ended_at"])
    _tell(payout)


def _tell(payout: Payout) -> None:
    if payout.payee.person_id is None:
        return
    notify(
        [payout.payee.person_id],
        kind="payout",
        key=f"{payout.public_id}.{payout.state}",
        data={"what": payout.state, "amount": payout.amount, "currency": payout.currency},
        link=reverse("creators:earnings"),
    )
