"""What a fee schedule would have kept of the sales of the last 90 days, held against what the present ones keep."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import Sum

from accounts.models import User
from config.lib.money import Money
from creators.fees import ALL, Earned, FeeSchedule, Sale, fees_of
from creators.selectors.fees import all_schedules
from ticketing.models import Order
from ticketing.selectors.earned import with_earned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

WINDOW: Final = timedelta(days=90)
EXAMPLES: Final = 20


class CurrencyEffect(NamedTuple):
    """All sales in a currency: how many, whose, what they earned, the fee as it is and as it would be."""

    orders: int
    creators: int
    base: Money
    old: Money
    new: Money


class CreatorEffect(NamedTuple):
    """One creator's sales in a currency."""

    creator: User
    base: Money
    old: Money
    new: Money


class FeeEffect(NamedTuple):
    """Currencies by code; of the creators whose fee changes those for whom it changes most, and how many more."""

    currencies: list[CurrencyEffect]
    creators: list[CreatorEffect]
    more: int


def effect_of(new: FeeSchedule, now: datetime) -> FeeEffect:
    """Return what the schedule would have cost, had it held for the last 90 days whenever it begins."""
    since = now - WINDOW
    sales = _sales(since, new.currency)
    before = _earned_before(since, {sale.creator for sale in sales})
    old = fees_of(sales, all_schedules(), before=before)
    would = fees_of(sales, [replace(new, valid_from=since)], before=before)
    bases: Counter[Earned] = Counter()
    olds: Counter[Earned] = Counter()
    news: Counter[Earned] = Counter()
    for sale in sales:
        place = Earned(sale.creator, sale.currency)
        bases[place] += sale.base
        olds[place] += old[sale.key]
        news[place] += would[sale.key]
    changed = [place for place in bases if olds[place] != news[place]]
    changed.sort(key=lambda place: (-abs(news[place] - olds[place]), place))
    people = User.objects.in_bulk({place.creator for place in changed[:EXAMPLES]}, field_name="public_id")
    return FeeEffect(
        currencies=_by_currency(sales, olds, news),
        creators=[
            CreatorEffect(
                people[place.creator],
                *(Money(sums[place], place.currency) for sums in (bases, olds, news)),
            )
            for place in changed[:EXAMPLES]
        ],
        more=len(changed[EXAMPLES:]),
    )


def _sales(since: datetime, currency: str) -> list[Sale]:
    paid = _paid(currency).filter(paid_at__gte=since)
    rows = with_earned(paid).values_list("offer__seller_key", "currency", "paid_at", "pk", "earned")
    return [Sale(*row) for row in rows]


def _earned_before(since: datetime, creators: set[str]) -> dict[Earned, int]:
    paid = _paid(ALL).filter(paid_at__lt=since, offer__seller_key__in=creators)
    sums = with_earned(paid).order_by().values_list("offer__seller_key", "currency").annotate(Sum("earned"))
    return {Earned(creator, currency): base for creator, currency, base in sums}


def _paid(currency: str) -> QuerySet[Order]:
    paid = Order.objects.filter(charged__isnull=False)
    return paid if currency == ALL else paid.filter(currency=currency)


def _by_currency(sales: Iterable[Sale], olds: Counter[Earned], news: Counter[Earned]) -> list[CurrencyEffect]:
    found: defaultdict[str, list[Sale]] = defaultdict(list)
    for sale in sales:
        found[sale.currency].append(sale)
    return [
        CurrencyEffect(
            orders=len(each),
            creators=len({sale.creator for sale in each}),
            base=Money(sum(sale.base for sale in each), currency),
            old=_sum(olds, currency),
            new=_sum(news, currency),
        )
        for currency, each in sorted(found.items())
    ]


def _sum(sums: Counter[Earned], currency: str) -> Money:
    return Money(sum(minor for place, minor in sums.items() if place.currency == currency), currency)
