"""Beginning a tip: who may give how much to whom, and the row that is there before Stripe is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Feature
from accounts.models import User
from accounts.selectors.blocking import is_blocked_between
from accounts.selectors.restrictions import check_open
from config.lib.errors import DomainError, NotFoundError
from config.lib.plain_text import tidy_lines
from creators.models import Tip, TipChoice
from creators.selectors.tips import given_today, limits_of, may_take_tips
from creators.tip_errors import (
    OwnTipError,
    TipAccountTooNewError,
    TipAmountError,
    TipMessageError,
    TipsOffError,
    TooManyTipsError,
)
from rooms.entering import is_banned
from rooms.enums import RUNNING, Action
from rooms.errors import ChatClosedError, WordsRefusedError
from rooms.models import RefusedWord
from rooms.permissions import may
from rooms.selectors import role_in, room_to_enter
from rooms.words import holds_any
from ticketing.services.buyers import require_confirmed_address

if TYPE_CHECKING:
    from config.lib.money import Money
    from creators.selectors.tips import TipLimits
    from rooms.models import Room

# Stripe wants a page to be open for 30 minutes, by its own clock.
PAGE = timedelta(minutes=31)


def begin_tip(
    giver: User, recipient: User, *, amount: Money, message: str = "", anonymous: bool = False, room_id: str = ""
) -> Tip:
    """Write down that somebody is about to give a tip, from the page of a room of the recipient's if it is named.

    Raises TipsOffError, OwnTipError, TipAccountTooNewError, AddressUnconfirmedError, TipAmountError, TipMessageError,
    WordsRefusedError, ChatClosedError, FeatureClosedError, TooManyTipsError, EntryRefusedError or NotFoundError.
    """
    _check_people(giver, recipient)
    limits = limits_of(recipient)
    _check_amount(amount, limits)
    message = _tidied(message)
    room = _room_of(giver, recipient, room_id)
    if message:
        _check_message(giver, recipient, room, message)
    with transaction.atomic():
        # One at a time for each giver: so nobody gives more by giving twice at once.
        _lock_giver(giver)
        _check_day(giver, amount, limits)
        return Tip.objects.create(
            giver=giver,
            recipient=recipient,
            recipient_key=recipient.public_id,
            room=room,
            amount=amount.minor,
            currency=amount.currency,
            message=message,
            anonymous=anonymous,
            open_until=timezone.now() + PAGE,
        )


def choose_tips(person: User, *, wanted: bool) -> None:
    """Switch tips on or off for oneself. What was given stays."""
    TipChoice.objects.update_or_create(person=person, defaults={"wanted": wanted})


def _check_people(giver: User, recipient: User) -> None:
    if giver == recipient:
        raise OwnTipError
    if is_blocked_between(giver, recipient) or not may_take_tips(recipient):
        raise TipsOffError
    require_confirmed_address(giver)
    if timezone.now() - giver.date_joined < timedelta(days=settings.TIP_ACCOUNT_DAYS):
        raise TipAccountTooNewError


def _check_amount(amount: Money, limits: TipLimits) -> None:
    if amount.currency != limits.currency or not limits.least <= amount <= limits.most:
        words = _("A tip is between %(least)s and %(most)s.")
        raise TipAmountError(words % {"least": limits.least.written(), "most": limits.most.written()})


def _tidied(message: str) -> str:
    tidied = tidy_lines(message)
    if len(tidied) > settings.TIP_MESSAGE_LENGTH:
        raise TipMessageError(_("A message has at most %(limit)d characters.") % {"limit": settings.TIP_MESSAGE_LENGTH})
    return tidied


def _room_of(giver: User, recipient: User, room_id: str) -> Room | None:
    """Return the recipient's room in which the giver is; of a room that has another host by now it is no tip."""
    if not room_id:
        return None
    try:
        room = room_to_enter(giver, room_id)
    except NotFoundError:
        return None
    return room if room.host_id == recipient.pk and not is_banned(room, giver) else None


def _check_message(giver: User, recipient: User, room: Room | None, message: str) -> None:
    """A message is held to what a chat is: who pays may not write what others may not."""
    check_open(giver, Feature.CHAT)
    if holds_any(message, RefusedWord.objects.filter(host=recipient).values_list("folded", flat=True)):
        raise WordsRefusedError
    if room is None or room.state not in RUNNING or room.chat_open:
        return
    if not may(role_in(room, giver), Action.MODERATE_CHAT):
        raise ChatClosedError


def _check_day(giver: User, amount: Money, limits: TipLimits) -> None:
    number, came = given_today(giver, amount.currency, timezone.now())
    if number >= settings.TIP_DAY_COUNT or came + amount > limits.day:
        raise TooManyTipsError


def _lock_giver(giver: User) -> None:
    if not User.objects.select_for_update(no_key=True).filter(pk=giver.pk, is_active=True).exists():
        raise DomainError
