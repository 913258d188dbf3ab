"""What creators are owed: open earnings, held against what the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from creators.enums import EarningSource, TransferState
from creators.models import Clawback, Earning, Tip, Transfer
from creators.owing import Open, Parts, standing
from ticketing import account_names as accounts
from ticketing.enums import DisputeState
from ticketing.errors import TransferTooLargeError
from ticketing.models import Order
from ticketing.selectors.ledger import balance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from creators.owing import Standing

ON_ITS_WAY: Final = (TransferState.WANTED, TransferState.DONE)


class Owed(NamedTuple):
    """How somebody stands in a currency, and the earnings that may be paid now, oldest first."""

    currency: str
    standing: Standing
    ready: list[Open]


def with_open(earnings: QuerySet[Earning]) -> QuerySet[Any]:
    """Add `open`: what is left of an earning and neither on its way nor there."""
    clawed = Clawback.objects.filter(earning=OuterRef("pk"), undone_at=None).order_by().values("earning")
    sent = Transfer.objects.filter(earning=OuterRef("pk"), state__in=ON_ITS_WAY).order_by().values("earning")
    return earnings.annotate(
        open=F("net")
        - Coalesce(Subquery(clawed.annotate(sum=Sum("net")).values("sum")), 0)
        - Coalesce(Subquery(sent.annotate(sum=Sum(F("amount") - F("reversed"))).values("sum")), 0)
    )


def with_frozen(earnings: QuerySet[Any]) -> QuerySet[Any]:
    """Add `frozen`: whether a bank is asking for the money behind an earning."""
    asked = {"public_id": OuterRef("source_key"), "dispute_state": DisputeState.OPEN}
    order, tip = Exists(Order.objects.filter(**asked)), Exists(Tip.objects.filter(**asked))
    frozen = Q(source=EarningSource.TICKET) & order | Q(source=EarningSource.TIP) & tip
    found: QuerySet[Any] = earnings.annotate(frozen=frozen)
    return found


def is_frozen(earning: Earning) -> bool:
    """Say whether a bank is asking for the money behind an earning just now."""
    return bool(with_frozen(Earning.objects.filter(pk=earning.pk)).values_list("frozen", flat=True).get())


def currencies_of(creator_key: str) -> list[str]:
    """Return in what somebody has ever earned."""
    rows = Earning.objects.filter(creator_key=creator_key).order_by("currency")
    return list(rows.values_list("currency", flat=True).distinct())


def owed_in(creator_key: str, currency: str, until: datetime) -> Owed:
    """Return how somebody stands in a currency if what was available until then is paid."""
    earnings = Earning.objects.filter(creator_key=creator_key, currency=currency)
    rows = with_frozen(with_open(earnings)).exclude(open=0).order_by("available_at", "pk")
    ready: list[Open] = []
    others: list[int] = []
    for key, minor, frozen, at in rows.values_list("pk", "open", "frozen", "available_at"):
        if minor > 0 and (frozen or at > until):
            others.append(minor)
        else:
            ready.append(Open(key, minor))
    owed = -balance(accounts.creator(creator_key, currency)).minor
    return Owed(currency, standing((row.minor for row in ready), others, owed), ready)


def left_of(earning: Earning) -> Parts:
    """Return whose what is left of an earning is."""
    gone = Clawback.objects.filter(earning=earning, undone_at=None).aggregate(
        net=Coalesce(Sum("net"), 0), fee=Coalesce(Sum("fee"), 0), cost=Coalesce(Sum("cost"), 0)
    )
    return Parts(earning.net, earning.fee, earning.cost).less(Parts(**gone))


def open_of(earning: Earning) -> int:
    """Return what of an earning is neither on its way nor there; below zero, more is than is left of it."""
    return int(with_open(Earning.objects.filter(pk=earning.pk)).values_list("open", flat=True).get())


def gone_of(earnings: QuerySet[Earning]) -> dict[int, Parts]:
    """Return what was taken back of each of these earnings, by its row number, where anything was."""
    rows = Clawback.objects.filter(earning__in=earnings, undone_at=None).order_by().values_list("earning")
    sums = rows.annotate(Sum("net"), Sum("fee"), Sum("cost"))
    return {earning: Parts(net, fee, cost) for earning, net, fee, cost in sums}


def used_up(keys: Iterable[int]) -> set[int]:
    """Return those earnings whose payment at Stripe may have nothing left to pass on, though they are open.

    What has come back of a transfer need not be free to go out of the same payment again.
    """
    gone = Q(state__in=ON_ITS_WAY) | Q(why=TransferTooLargeError.code)
    return set(Transfer.objects.filter(gone, earning__in=list(keys)).values_list("earning", flat=True))


def ready_now(until: datetime) -> QuerySet[Any]:
    """Return earnings that are open and may be paid, by the creator's key `OuterRef("person_key")`."""
    rows = with_open(Earning.objects.filter(creator_key=OuterRef("person_key"), available_at__lte=until))
    return rows.filter(open__gt=Value(0))
