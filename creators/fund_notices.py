"""What people are told of the fund: staff's answers, their shares, and what comes of an appeal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.notices.kinds import Kind, Words
from config.lib.formats import moment

if TYPE_CHECKING:
    from accounts.models import Notification


def _application(notification: Notification) -> Words:
    name = {"name": notification.data.get("programme", "")}
    if notification.data.get("what") == "accepted":
        text = _("What you do from now on counts. Your share of each period is shown to you before it is paid.")
        return Words(_("You are in “%(name)s”") % name, text, _("See the programme"))
    title = _("You were not taken into “%(name)s”") % name
    return Words(title, notification.data.get("reason", ""), _("See the programme"))


def _share(notification: Notification) -> Words:
    about = {"name": notification.data.get("programme", ""), "number": notification.data.get("number", 0)}
    what, until = notification.data.get("what"), parse_datetime(notification.data.get("until", ""))
    if what == "paid":
        text = _("Your share is among your earnings, and goes out with your next payout.")
        return Words(_("Period %(number)s of “%(name)s” is paid") % about, text, _("See your share"))
    text = _("It says what each number comes from.")
    if until is not None:
        text += " " + _("If something is wrong, appeal until %(moment)s.") % {"moment": moment(until)}
    if what == "changed":
        return Words(_("Period %(number)s of “%(name)s” was reckoned again") % about, text, _("See your share"))
    return Words(_("Your share of period %(number)s of “%(name)s” is there") % about, text, _("See your share"))


def _appeal(notification: Notification) -> Words:
    name, answer = {"name": notification.data.get("programme", "")}, notification.data.get("answer", "")
    if notification.data.get("what") == "accepted":
        return Words(_("Your appeal in “%(name)s” was right") % name, answer, _("See your share"))
    return Words(_("Your appeal in “%(name)s” changes nothing") % name, answer, _("See your share"))


_CHANNELS = frozenset({Channel.SITE, Channel.MAIL})
APPLICATION = Kind(
    name="fund_application",
    label=gettext_lazy("Answers to your applications to the fund"),
    help=gettext_lazy("Whether you are in a programme, and why not. It always comes."),
    render=_application,
    channels=_CHANNELS,
    forced=_CHANNELS,
    icon="ticket",
    closing=gettext_lazy("This mail answers an application of yours, so it always comes."),
)
SHARE = Kind(
    name="fund_share",
    label=gettext_lazy("Your shares of the fund"),
    help=gettext_lazy("When a period is published, reckoned again and paid."),
    render=_share,
    channels=_CHANNELS,
    icon="ticket",
)
APPEAL = Kind(
    name="fund_appeal",
    label=gettext_lazy("Answers to your appeals"),
    help=gettext_lazy("What staff say of a share that you found wrong. It always comes."),
    render=_appeal,
    channels=_CHANNELS,
    forced=_CHANNELS,
    icon="ticket",
    closing=gettext_lazy("This mail answers an appeal of yours, so it always comes."),
)
KINDS = [APPLICATION, SHARE, APPEAL]
