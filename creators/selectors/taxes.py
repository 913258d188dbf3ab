"""The tax in the tickets that somebody sold: by country and rate, for a year. The platform sells, and owes it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from config.lib.money import Money, total
from creators.selectors.earnings import paid_orders
from ticketing.selectors.earned import with_earned

if TYPE_CHECKING:
    from accounts.models import User
    from creators.spans import Span


class TaxLine(NamedTuple):
    """What was sold to people of one country at one rate, as it stands after whatever went back.

    `rate` is in basis points; None where Stripe worked the tax out.
    """

    country: str
    rate: int | None
    taxable: Money
    tax: Money
    orders: int


class TaxTable(NamedTuple):
    """The lines of one currency, the one with most tax first."""

    currency: str
    lines: list[TaxLine]

    @property
    def taxable(self) -> Money:
        return total((line.taxable for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        return total((line.tax for line in self.lines), self.currency)


def taxes_of(person: User, span: Span) -> list[TaxTable]:
    """Return what is taxed of the tickets that were paid for then, by currency."""
    within = with_earned(paid_orders(person.public_id).filter(paid_at__gte=span.begins, paid_at__lt=span.ends))
    groups: defaultdict[tuple[str, str, int | None], list[tuple[int, int]]] = defaultdict(list)
    columns = ("currency", "country", "tax_rate", "charged", "refunded", "disputed", "earned")
    for currency, country, rate, charged, refunded, disputed, earned in within.order_by().values_list(*columns):
        if kept := charged - refunded - disputed:
            groups[currency, country, rate].append((earned, kept - earned))
    tables: defaultdict[str, list[TaxLine]] = defaultdict(list)
    for (currency, country, rate), sums in groups.items():
        taxable, tax = (Money(sum(column), currency) for column in zip(*sums, strict=True))
        tables[currency].append(TaxLine(country, rate, taxable, tax, len(sums)))
    return [TaxTable(currency, sorted(lines, key=_most_tax_first)) for currency, lines in sorted(tables.items())]


def _most_tax_first(line: TaxLine) -> tuple[int, str, int]:
    return -line.tax.minor, line.country, line.rate or 0
