"""What people are told of their tickets and their money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.notices.kinds import Attachment, Fact, Kind, Words
from config.lib.formats import moment
from config.lib.money import Money
from rooms.calendars import calendar_of
from ticketing.enums import DisputeState, OrderState, RefundReason
from ticketing.models import Order
from ticketing.selectors.receipts import receipt_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_stubs_ext import StrOrPromise

    from accounts.models import Notification


def _receipt(notification: Notification) -> Words:
    title = _("Your ticket for “%(title)s”") % {"title": notification.data.get("title", "")}
    return Words(title, _("It is paid, and your seat is yours."), _("See your ticket"))


def _receipt_facts(notification: Notification) -> Iterator[Fact]:
    order = _order_of(notification)
    if order is not None:
        yield from (Fact(*line) for line in receipt_lines(order))


def _receipt_files(notification: Notification) -> Iterator[Attachment]:
    order = _order_of(notification)
    if order is not None and order.offer.room.starts_at is not None:
        room = order.offer.room
        yield Attachment(f"causerie-{room.public_id}.ics", calendar_of([room]), "text/calendar")


def _refund(notification: Notification) -> Words:
    about = {"title": notification.data.get("title", ""), "money": _money(notification)}
    what = notification.data.get("what")
    if what == "returned":
        text = _("Your payment of %(money)s came when there was no seat left. All of it goes back by itself.") % about
        return Words(_("No seat in “%(title)s”, and your money goes back") % about, text, _("See where it is"))
    if what == "done":
        left = _("%(money)s left for your card or account. Banks take up to ten days to show it.") % about
        text = f"{_why(notification)} {left}".strip()
        return Words(_("Your refund for “%(title)s” is done") % about, text, _("See your order"))
    if what == "failed":
        text = _("Your bank did not take %(money)s back. Those who run this site know, and look after it.") % about
        return Words(_("Your refund for “%(title)s” did not arrive") % about, text, _("See what you can do"))
    text = f"{_why(notification)} {_('%(money)s goes back to where it came from.') % about}".strip()
    return Words(_("Money for “%(title)s” goes back to you") % about, text, _("See where it is"))


def _why(notification: Notification) -> str:
    sentences = {
        RefundReason.BUYER: _("You gave your ticket back."),
        RefundReason.HOST: _("The host gives it back."),
        RefundReason.STAFF: _("Those who run this site give it back."),
        RefundReason.CANCELLED: _("The room does not take place."),
        RefundReason.NO_SHOW: _("The host did not come."),
        RefundReason.MOVED: _("You gave your ticket back, as the room was moved."),
        RefundReason.NO_SEAT: _("There was no seat any more."),
    }
    reason = notification.data.get("reason", "")
    return str(sentences.get(reason, ""))


def _seat_offered(notification: Notification) -> Words:
    about = {"title": notification.data.get("title", ""), "money": _money(notification)}
    until = parse_datetime(notification.data.get("until", ""))
    text = ""
    if until is not None:
        text = _("It costs %(money)s and is kept for you until %(moment)s. Then the next one is asked.") % {
            **about,
            "moment": moment(until),
        }
    return Words(_("A seat is free in “%(title)s”") % about, text, _("Take the seat"))


def _is_held(notification: Notification) -> bool:
    order = _order_of(notification)
    return order is not None and order.state == OrderState.HELD


def _ticket(notification: Notification) -> Words:
    about = {"title": notification.data.get("title", "")}
    what = notification.data.get("what")
    if what == "moved":
        return Words(_("“%(title)s” has another time") % about, _moved(notification), _("See your ticket"))
    if what == "dispute_opened":
        text = _("While the bank looks at it your ticket opens no door. If that is a mistake, tell your bank.")
        return Words(_("Your bank asks for your payment back: “%(title)s”") % about, text, _("See your order"))
    if notification.data.get("outcome") == DisputeState.WON:
        return Words(_("Your ticket for “%(title)s” is good again") % about, "", _("See your ticket"))
    text = _("Your bank has given you your money back, so the ticket is no longer good.")
    return Words(_("Your ticket for “%(title)s” has ended") % about, text, _("See your order"))


def _moved(notification: Notification) -> str:
    starts_at = parse_datetime(notification.data.get("starts_at", ""))
    until = parse_datetime(notification.data.get("until", ""))
    sentences = []
    if starts_at is not None:
        sentences.append(_("It is now on %(moment)s, and your ticket is good for it.") % {"moment": moment(starts_at)})
    if until is not None:
        words = _("If that does not suit you, give it back until %(moment)s and have all of your money back.")
        sentences.append(words % {"moment": moment(until)})
    return " ".join(sentences)


def _order_of(notification: Notification) -> Order | None:
    orders = Order.objects.select_related("offer__room__host", "ticket")
    return orders.filter(public_id=notification.data.get("order", ""), buyer=notification.user_id).first()


def _money(notification: Notification) -> str:
    return Money(notification.data.get("amount", 0), notification.data.get("currency", "eur")).written()


_ABOUT_MONEY = gettext_lazy("This mail is about a ticket that you paid for, so it always comes.")


def _about_money(name: str, label: StrOrPromise, help_text: StrOrPromise, **what: Any) -> Kind:
    """Return a kind that always comes, also by mail: somebody's money is in it."""
    forced = frozenset({Channel.SITE, Channel.MAIL})
    return Kind(name, label, help_text, channels=forced, forced=forced, icon="ticket", closing=_ABOUT_MONEY, **what)


RECEIPT = _about_money(
    "receipt",
    gettext_lazy("You have bought a ticket"),
    gettext_lazy("Your receipt. It always comes."),
    render=_receipt,
    facts=_receipt_facts,
    attachments=_receipt_files,
)
REFUND = _about_money(
    "refund",
    gettext_lazy("Money goes back to you"),
    gettext_lazy("That it is on its way, and that it left. It always comes."),
    render=_refund,
)
TICKET = _about_money(
    "ticket",
    gettext_lazy("Something about your ticket changes"),
    gettext_lazy("The room is moved, or a bank asks for the payment back. It always comes."),
    render=_ticket,
)
SEAT_OFFERED = Kind(
    name="seat_offered",
    label=gettext_lazy("A seat that you wait for is free"),
    help=gettext_lazy("It is kept for you for a while."),
    render=_seat_offered,
    channels=frozenset({Channel.SITE, Channel.PUSH, Channel.MAIL}),
    icon="ticket",
    holds=_is_held,
)
KINDS = [RECEIPT, REFUND, TICKET, SEAT_OFFERED]
