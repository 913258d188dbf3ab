"""What creators were given in a time: verified seconds by listeners, money by supporters.

People are named by their public ids here; the snapshot has other names for those who gave.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from creators.enums import EarningSource, FundFormula
from creators.fund_errors import MinutesUnknownError
from creators.models import Earning, Tip
from ticketing.models import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date, datetime

    from creators.minutes import Verified
    from creators.models import Programme


class Given(NamedTuple):
    """What one person gave one creator: seconds, or money in the programme's smallest unit. There may be several."""

    creator: str
    giver: str
    amount: int


class Source(Protocol):
    """Where it is known from, for these creators from a moment until before another."""

    def __call__(self, start: datetime, end: datetime, creators: Collection[str]) -> Iterable[Given]: ...


def source_for(programme: Programme) -> Source:
    """Return what the programme's formula counts. Raises MinutesUnknownError where nobody counts it."""
    if programme.formula == FundFormula.QUADRATIC:
        return paid_in(programme.currency)
    if programme.formula == FundFormula.FLAT and not programme.min_listeners:
        return _nothing
    if not settings.FUND_LISTENING:
        raise MinutesUnknownError
    return _listened


def _listened(start: datetime, end: datetime, creators: Collection[str]) -> Iterable[Given]:
    """Yield verified seconds. The times are midnights (UTC): minutes are counted by whole days."""
    verified_parts: Callable[[date, date], Iterable[Verified]] = import_string(settings.FUND_LISTENING)
    for part in verified_parts(start.date(), (end - timedelta(days=1)).date()):
        for place, seconds in part.seconds.items():
            if place.creator in creators:
                yield Given(place.creator, place.listener, seconds)


def paid_in(currency: str) -> Source:
    """Return the source of what people paid creators in a currency, and what was not given back.

    An earning counts when it could be paid out, which is when the row is made: so each counts in exactly one period.
    Who gave to themselves, or whose account is gone, counts for nobody: several payments of one person must never look
    like those of several people.
    """

    def paid(start: datetime, end: datetime, creators: Collection[str]) -> Iterable[Given]:
        earned = Earning.objects.filter(
            creator_key__in=creators, currency=currency, available_at__gte=start, available_at__lt=end, gross__gt=0
        )
        for kind, givers_of in GIVERS.items():
            rows = list(earned.filter(source=kind).values_list("creator_key", "source_key", "gross"))
            givers = givers_of([key for _creator, key, _gross in rows])
            for creator, key, gross in rows:
                giver = givers.get(key, "")
                if giver and giver != creator:
                    yield Given(creator, giver, gross)

    return paid


def _buyers(orders: Collection[str]) -> Mapping[str, str]:
    """Return who bought, by the order's public id."""
    return dict(
        Order.objects.filter(public_id__in=orders, buyer__isnull=False).values_list("public_id", "buyer__public_id")
    )


def _givers(tips: Collection[str]) -> Mapping[str, str]:
    """Return who gave, by the tip's public id."""
    return dict(
        Tip.objects.filter(public_id__in=tips, giver__isnull=False).values_list("public_id", "giver__public_id")
    )


# Who paid what is earned in this way, by what its source key names.
GIVERS: dict[str, Callable[[Collection[str]], Mapping[str, str]]] = {
    EarningSource.TICKET: _buyers,
    EarningSource.TIP: _givers,
}


def _nothing(start: datetime, end: datetime, creators: Collection[str]) -> Iterable[Given]:
    """Return nothing: the same for each needs to know nobody."""
    del start, end, creators
    return ()


def summed(given: Iterable[Given]) -> Counter[tuple[str, str]]:
    """Return the sum of what each gave each."""
    sums: Counter[tuple[str, str]] = Counter()
    for creator, giver, amount in given:
        sums[creator, giver] += amount
    return sums
