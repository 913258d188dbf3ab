"""What the ledger says of each thing that Stripe books: payments, refunds and disputes, by Stripe's id.

A *source* is what a line of Stripe's balance is about: `ch_…`, `re_…`, `dp_…`. A *subject* is how the keys of its
entries begin: `order:<order>`, `refund:<refund>`, `dispute:<Stripe's id>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import Q

from ticketing.enums import DisputeState, OrderState, RefundState
from ticketing.models import Account, Entry, Order, Refund
from ticketing.reconciled import others

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

BATCH: Final = 500
# Which entries of a subject stand for what goes in and out at Stripe.
_PARTS: Final = {
    "order": ("sale", "vat", "fee"),
    "refund": ("paid", "returned"),
    "dispute": ("taken", "taken1", "taken2", "won", "won1", "won2", "fee", "fee-back"),
}
_AT_STRIPE: Final = "stripe:"
_FEES: Final = "stripe:fees:"


class Sum(NamedTuple):
    """What came in (below zero: went out) and what Stripe kept of it, in minor units."""

    currency: str
    amount: int
    fee: int

    def plus(self, other: Sum) -> Sum:
        return Sum(self.currency, self.amount + other.amount, self.fee + other.fee)


def subjects_of(sources: Iterable[str]) -> dict[str, str]:
    """Return the subject of each source that we know; a dispute is its own."""
    found: dict[str, str] = {}
    for some in _batches(sources):
        orders = Order.objects.filter(charge__in=some).values_list("charge", "public_id")
        refunds = Refund.objects.filter(stripe_id__in=some).values_list("stripe_id", "public_id")
        disputes = Order.objects.filter(dispute__in=some).values_list("dispute", flat=True)
        found |= {charge: f"order:{order}" for charge, order in orders}
        found |= {source: f"refund:{refund}" for source, refund in refunds}
        found |= {dispute: f"dispute:{dispute}" for dispute in disputes}
        for other in others():
            found |= other.subjects_of(some)
    return found


def sources_of(subjects: Iterable[str]) -> dict[str, str]:
    """Return Stripe's id of each subject; "" for one whose row does not know it."""
    found = dict.fromkeys(subjects, "")
    for some in _batches(found):
        names = [subject.partition(":")[2] for subject in some]
        orders = Order.objects.filter(public_id__in=names).values_list("public_id", "charge")
        refunds = Refund.objects.filter(public_id__in=names).values_list("public_id", "stripe_id")
        known = {f"order:{order}": charge for order, charge in orders}
        known |= {f"refund:{refund}": source for refund, source in refunds}
        known |= {subject: subject.partition(":")[2] for subject in some if subject.startswith("dispute:")}
        for other in others():
            known |= other.sources_of(some)
        found |= {subject: source for subject, source in known.items() if subject in found}
    return found


def booked_between(since: datetime, until: datetime) -> set[str]:
    """Return the subjects of what was written down of Stripe in that time."""
    rows = _of_stripe().filter(at__gte=since, at__lt=until)
    return {_subject(key) for key in rows.values_list("key", flat=True).iterator()}


def booked(subjects: Iterable[str]) -> dict[str, Sum]:
    """Return what the ledger says of each subject, whenever it was written down; of which it says nothing, nothing."""
    found: dict[str, Sum] = {}
    parts = dict(_PARTS)
    for other in others():
        parts |= other.parts
    for some in _batches(subjects):
        keys = [f"{subject}:{part}" for subject in some for part in parts.get(subject.partition(":")[0], ())]
        rows = Entry.objects.filter(key__in=keys)
        for key, debit, credit, minor, currency in rows.values_list(
            "key", "debit__name", "credit__name", "amount", "currency"
        ):
            subject, change = _subject(key), _change(debit, credit, minor, currency)
            found[subject] = found[subject].plus(change) if subject in found else change
    return found


def open_orders(since: datetime) -> QuerySet[Order]:
    """Return the orders of which Stripe may know more than we: begun since then and not paid, or without their fee."""
    begun = Q(state__in=(OrderState.HELD, OrderState.RELEASED), created_at__gte=since)
    return Order.objects.filter(begun | Q(fee=None, paid_at__isnull=False)).exclude(session="").order_by("pk")


def open_refunds() -> QuerySet[Refund]:
    """Return the refunds that Stripe may have brought further than we know."""
    return Refund.objects.filter(state__in=(RefundState.WANTED, RefundState.PENDING)).order_by("pk")


def open_disputes() -> QuerySet[Order]:
    return Order.objects.filter(dispute_state=DisputeState.OPEN).order_by("pk")


def _of_stripe() -> QuerySet[Entry]:
    accounts = Account.objects.filter(name__startswith=_AT_STRIPE).exclude(name__startswith=_FEES)
    numbers = list(accounts.values_list("pk", flat=True))
    return Entry.objects.filter(Q(debit__in=numbers) | Q(credit__in=numbers)).order_by("pk")


def _change(debit: str, credit: str, minor: int, currency: str) -> Sum:
    if debit.startswith(_FEES) or credit.startswith(_FEES):
        return Sum(currency, 0, minor if debit.startswith(_FEES) else -minor)
    return Sum(currency, minor if debit.startswith(_AT_STRIPE) else -minor, 0)


def _subject(key: str) -> str:
    return key.rpartition(":")[0]


def _batches(names: Iterable[str]) -> Iterator[Sequence[str]]:
    wanted = sorted({name for name in names if name})
    return (wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH))
