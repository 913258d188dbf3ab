"""What creators are told of being paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.notices.kinds import Kind, Words
from config.lib.formats import day
from config.lib.money import Money

if TYPE_CHECKING:
    from accounts.models import Notification


def _payee(notification: Notification) -> Words:
    what, until = notification.data.get("what"), parse_datetime(notification.data.get("until", ""))
    if what == "payable":
        return Words(
            _("You can be paid now"), _("What you earn goes to your account at Stripe."), _("See how you are paid")
        )
    if what == "wanted":
        text = _("Until Stripe has it, what you earn is kept for you.")
        if until is not None:
            text = _("Give it by %(day)s, or payments to you stop until Stripe has it.") % {"day": day(until)}
        return Words(_("Stripe needs something of you"), text, _("See what is missing"))
    if what == "refused":
        text = _("Only Stripe can change that: write to its support. What you have earned is kept.")
        return Words(_("Stripe refuses to pay you"), text, _("See what you can do"))
    if what == "closed":
        text = _("What you earn is kept for you until you begin again with another one.")
        return Words(_("Your account at Stripe is closed"), text, _("See what you can do"))
    text = _("Stripe does not let you be paid just now. What you earn is kept for you meanwhile.")
    return Words(_("Payments to you are stopped"), text, _("See what you can do"))


def _payout(notification: Notification) -> Words:
    money = Money(notification.data.get("amount", 0), notification.data.get("currency", "eur")).written()
    if notification.data.get("what") == "paid":
        text = _("It is at your account at Stripe, which passes it on to your bank.")
        return Words(_("You were paid %(money)s") % {"money": money}, text, _("See your earnings"))
    text = _("What did not go out stays yours. We look into it, and pay it with the next payout.")
    return Words(_("A payout of %(money)s did not go out whole") % {"money": money}, text, _("See your earnings"))


_FORCED = frozenset({Channel.SITE, Channel.MAIL})
PAYEE = Kind(
    name="payee",
    label=gettext_lazy("Whether you can be paid"),
    help=gettext_lazy("When Stripe lets you be paid, needs something, or stops. It always comes."),
    render=_payee,
    channels=_FORCED,
    forced=_FORCED,
    icon="ticket",
    closing=gettext_lazy("This mail is about money of yours, so it always comes."),
)
PAYOUT = Kind(
    name="payout",
    label=gettext_lazy("You are paid"),
    help=gettext_lazy("Each payout, and if one does not go out."),
    render=_payout,
    channels=_FORCED,
    icon="ticket",
)
KINDS = [PAYEE, PAYOUT]
