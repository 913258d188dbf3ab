"""What a receipt says: the same in the letter and on the order's page, in the reader's language and zone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from config.lib.formats import fixed, moment
from config.lib.money import Money

if TYPE_CHECKING:
    from ticketing.models import Order


class Line(NamedTuple):
    """A fact of a receipt, with its name."""

    name: str
    value: str


def receipt_lines(order: Order) -> list[Line]:
    """Return the lines of the receipt of a paid order whose offer, room and host are at hand."""
    room = order.offer.room
    lines = [
        Line(_("Room"), room.title),
        Line(_("Host"), room.host.shown_name),
    ]
    if room.starts_at is not None:
        lines.append(Line(_("When"), moment(room.starts_at)))
    lines.append(Line(_("Paid"), charged(order).written()))
    if order.tax is not None and order.tax_rate is not None:
        lines.append(Line(_("Of that tax"), tax_words(Money(order.tax, order.currency), order.tax_rate)))
    if order.paid_at is not None:
        lines.append(Line(_("Paid on"), moment(order.paid_at)))
    lines.append(Line(_("Order"), order.public_id))
    return lines


def charged(order: Order) -> Money:
    """Return what came; before that what is asked for."""
    return Money(order.amount if order.charged is None else order.charged, order.currency)


def tax_words(tax: Money, rate: int) -> str:
    """Return the tax with its rate, which is in basis points: `€2.00 (20%)`."""
    return f"{tax.written()} ({percent(rate)})"


def percent(rate: int) -> str:
    """Return a rate in basis points as people read it: `20%`, in French `20 %`."""
    places = 0 if rate % 100 == 0 else 1 if rate % 10 == 0 else 2
    return _("%(number)s%%") % {"number": fixed(Decimal(rate).scaleb(-2), places)}
