"""Who holds a ticket, as a table for a spreadsheet. Hours are by the reader's clock, sums as one types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from ticketing.offer_form import typed_price

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from config.lib.money import Money
    from rooms.stats_files import Table
    from ticketing.selectors.host import Holder


def holders_table(lines: Iterable[Holder]) -> Table:
    """Return one line for each ticket, also for one that was given back."""
    zone = {"zone": timezone.get_current_timezone_name()}
    header = [
        _("Name"),
        _("Handle"),
        _("Kind"),
        _("Since (%(zone)s)") % zone,
        _("Came in (%(zone)s)") % zone,
        _("Paid"),
        _("Paid back"),
        _("Currency"),
        _("Ticket"),
        _("Order"),
    ]
    return header, [_line(line) for line in lines]


def _line(line: Holder) -> list[str | int | None]:
    ticket = line.ticket
    holder, order = ticket.holder, ticket.order
    return [
        holder.shown_name if holder else _("Somebody who has left"),
        holder.handle if holder else "",
        ticket.get_kind_display(),
        _when(ticket.created_at),
        _when(ticket.checked_in_at),
        _sum(line.paid),
        _sum(line.refunded),
        line.paid.currency.upper() if line.paid else "",
        ticket.public_id,
        order.public_id if order else "",
    ]


def _sum(money: Money | None) -> str | None:
    return None if money is None else typed_price(money)


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
