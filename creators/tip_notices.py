"""What people are told of tips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Channel, User
from accounts.notices.kinds import Fact, Kind, Words, name_of_actor
from config.lib.formats import moment
from config.lib.money import Money
from creators.enums import TipReturnReason
from creators.models import Tip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Notification


def _receipt(notification: Notification) -> Words:
    tip, money = _tip_of(notification), _money(notification)
    name = _name_of(tip)
    if notification.data.get("what") == "returned":
        text = _("%(money)s goes back to where it came from. Banks take up to ten days to show it.") % {"money": money}
        if notification.data.get("reason") == TipReturnReason.REFUSED:
            text = f"{_('It could not be given any more.')} {text}"
        return Words(_("Your tip for %(name)s goes back to you") % {"name": name}, text, _("See your tip"))
    title = _("Your tip of %(money)s for %(name)s") % {"money": money, "name": name}
    return Words(title, _("It is paid. Thank you."), _("See your tip"))


def _receipt_facts(notification: Notification) -> Iterator[Fact]:
    tip = _tip_of(notification)
    if tip is None or tip.paid_at is None:
        return
    yield Fact(_("For"), _name_of(tip))
    if tip.room is not None:
        yield Fact(_("Room"), tip.room.title)
    yield Fact(_("Paid"), tip.money.written())
    yield Fact(_("Paid on"), moment(tip.paid_at))
    yield Fact(_("Tip"), tip.public_id)


def _tips(notification: Notification) -> Words:
    count = notification.data.get("count", 1)
    about = {"money": _money(notification), "count": count, "names": _names(notification)}
    title = ngettext("You were given a tip of %(money)s", "You were given %(count)s tips: %(money)s", count) % about
    text = _("From %(names)s.") % about if about["names"] else _("Whoever gave it stays unnamed.")
    return Words(title, text, _("See them and say thank you"))


def _names(notification: Notification) -> str:
    ids = notification.data.get("givers", [])
    names = [person.shown_name for person in User.objects.filter(public_id__in=ids, is_active=True).order_by("pk")]
    if not names:
        return ""
    others = notification.data.get("count", 1) - len(names)
    if others > 0:
        words = ngettext("%(count)s other tip", "%(count)s other tips", others)
        names.append(words % {"count": others})
    return ", ".join(names)


def _thanks(notification: Notification) -> Words:
    return Words(_("%(name)s thanks you for your tip") % {"name": name_of_actor(notification)}, "", _("See your tip"))


def _tip_of(notification: Notification) -> Tip | None:
    tips = Tip.objects.select_related("recipient", "room")
    return tips.filter(public_id=notification.data.get("tip", ""), giver=notification.user_id).first()


def _name_of(tip: Tip | None) -> str:
    return tip.recipient.shown_name if tip is not None and tip.recipient is not None else _("Somebody")


def _money(notification: Notification) -> str:
    return Money(notification.data.get("amount", 0), notification.data.get("currency", "eur")).written()


TIP_RECEIPT = Kind(
    name="tip_receipt",
    label=gettext_lazy("You have given a tip"),
    help=gettext_lazy("Your receipt, and if it goes back to you. It always comes."),
    render=_receipt,
    channels=frozenset({Channel.SITE, Channel.MAIL}),
    forced=frozenset({Channel.SITE, Channel.MAIL}),
    icon="heart",
    facts=_receipt_facts,
    closing=gettext_lazy("This mail is about money that you paid, so it always comes."),
)
TIPS = Kind(
    name="tips",
    label=gettext_lazy("You are given tips"),
    help=gettext_lazy("Those of some minutes together."),
    render=_tips,
    channels=frozenset({Channel.SITE, Channel.MAIL}),
    icon="heart",
)
TIP_THANKS = Kind(
    name="tip_thanks",
    label=gettext_lazy("Somebody thanks you for a tip"),
    help=gettext_lazy("Once for each tip."),
    render=_thanks,
    icon="heart",
)
KINDS = [TIP_RECEIPT, TIPS, TIP_THANKS]
