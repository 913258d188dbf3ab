"""Tips as pages read them: who takes any, how much one may give, what one gave and was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.models import User
from accounts.policies.eligibility import decide
from accounts.policies.rules import Purpose
from accounts.selectors.blocking import is_blocked_between
from config.lib.errors import NotFoundError
from config.lib.money import Money
from config.lib.public_id import is_public_id
from creators.enums import TipState
from creators.models import Payee, Tip
from rooms.enums import RUNNING
from rooms.models import Room
from ticketing.enums import DisputeState
from ticketing.stripe_gateway import payments_are_on

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

DAY = timedelta(days=1)
# What counts for how much somebody gives: also what they may be paying just now.
COUNTED = (TipState.OPEN, TipState.PAID, TipState.EARNED, TipState.RETURNED)
GIVEN = (TipState.PAID, TipState.EARNED, TipState.RETURNED)


@dataclass(frozen=True, slots=True)
class TipLimits:
    """What one tip may be in a currency, how much somebody may give in a day, and what the page suggests."""

    currency: str
    least: Money
    most: Money
    day: Money
    suggested: list[Money]


def limits_of(recipient: User) -> TipLimits:
    """Return the limits in the currency in which the recipient is paid, or in this site's first."""
    known = settings.TIP_CURRENCIES
    paid_in = Payee.objects.filter(person=recipient).values_list("currency", flat=True).first()
    currency = paid_in if paid_in in known else next(iter(known))
    of = known[currency]
    least, most, day = (Money(of[name], currency) for name in ("least", "most", "day"))
    return TipLimits(currency, least, most, day, [Money(minor, currency) for minor in of["suggested"]])


def wants_tips(person: User) -> bool:
    """Say whether somebody wants tips: as they said, and before that whoever has an account to be paid on."""
    rows = User.objects.filter(pk=person.pk).values("tip_choice__wanted", "payee__account", "payee__closed")
    found = rows.first()
    if found is None:
        return False
    # None where there is no such row, whatever the stubs say.
    said: bool | None = found["tip_choice__wanted"]
    return bool(found["payee__account"] and not found["payee__closed"]) if said is None else bool(said)


def may_take_tips(person: User) -> bool:
    """Say whether tips can be given to somebody here at all: the same policy as for selling tickets."""
    return payments_are_on() and person.is_active and wants_tips(person) and decide(person, Purpose.SELL).allowed


def takes_tips_from(person: User, giver: User | AnonymousUser | None) -> bool:
    """Say whether the way to give this person a tip is shown to whoever looks; a guest may log in on it."""
    # Most people take none: they cost a page one query.
    return giver != person and may_take_tips(person) and not is_blocked_between(giver, person)


def given_today(giver: User, currency: str, now: datetime) -> tuple[int, Money]:
    """Return how many tips somebody gave within a day, and how much in this currency."""
    lately = Tip.objects.filter(giver=giver, state__in=COUNTED, created_at__gt=now - DAY)
    came = lately.filter(currency=currency).aggregate(found=Sum("amount"))["found"] or 0
    return lately.count(), Money(came, currency)


def is_shown_in(room_id: str, recipient: User) -> bool:
    """Say whether a tip that is given now from this room's page is shown there."""
    rooms = Room.objects.filter(public_id=room_id, host=recipient, state__in=RUNNING)
    return is_public_id(room_id) and rooms.exists()


def tip_for(user: User | AnonymousUser, public_id: str) -> Tip:
    """Return a tip that somebody gave, for its own page. Raises NotFoundError."""
    tips = Tip.objects.select_related("recipient", "room", "giver").filter(public_id=public_id)
    tip = tips.filter(giver=user.pk).first() if user.is_authenticated and is_public_id(public_id) else None
    if tip is None:
        raise NotFoundError
    return tip


def received_tip(person: User, public_id: str) -> Tip:
    """Return a tip that somebody was given. Raises NotFoundError."""
    tip = received_by(person).filter(public_id=public_id).first() if is_public_id(public_id) else None
    if tip is None:
        raise NotFoundError
    return tip


def given_by(person: User) -> QuerySet[Tip]:
    """Return the tips that somebody gave, the latest first."""
    return Tip.objects.filter(giver=person, state__in=GIVEN).select_related("recipient", "room").order_by("-paid_at")


def received_by(person: User) -> QuerySet[Tip]:
    """Return the tips that somebody was given, the latest first."""
    tips = Tip.objects.filter(recipient=person, state__in=GIVEN)
    return tips.select_related("giver", "room").order_by("-paid_at")


def is_in_dispute(tip_id: str) -> bool:
    """Say whether a bank looks at a tip just now: what it brought should not be passed on meanwhile."""
    return Tip.objects.filter(public_id=tip_id, dispute_state=DisputeState.OPEN).exists()


def unsettled() -> QuerySet[Tip]:
    """Return the tips whose payment is there and whose cost is not known."""
    return Tip.objects.filter(state=TipState.PAID, cost=None).exclude(charge="")


def open_tips(since: datetime) -> QuerySet[Tip]:
    """Return the tips of which Stripe may know more than we: begun since then and not paid, or without their cost."""
    begun = Q(state__in=(TipState.OPEN, TipState.LAPSED), created_at__gte=since)
    return Tip.objects.filter(begun | Q(cost=None, paid_at__isnull=False)).exclude(session="").order_by("pk")


def over_tips(limit: int) -> list[int]:
    """Return the row numbers of tips whose page must have closed."""
    over = Tip.objects.filter(state=TipState.OPEN, open_until__lt=timezone.now()).order_by("open_until")
    return list(over.values_list("pk", flat=True)[:limit])
