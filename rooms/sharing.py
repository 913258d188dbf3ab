"""What a link to a room shows elsewhere: what a stranger may read on its page, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from config.lib.formats import moment
from config.lib.share_picture import Words, digest_of
from rooms.entry_rules import Facts, decide
from rooms.enums import EntryRule, RoomState
from rooms.selling import prices_of

if TYPE_CHECKING:
    from rooms.models import Room


def is_open_to_strangers(room: Room) -> bool:
    """Say whether somebody without an account may enter; everybody else stands before the door."""
    return decide(EntryRule(room.entry_rule), Facts(guest=True), guests_listen=room.guests_listen).allowed


def words_of(room: Room) -> Words:
    """Return what the picture says, in the language of the room. Of one with a door what the door says: whose it is."""
    with translation.override(room.language), timezone.override(ZoneInfo(_zone_of(room))):
        host = room.host.shown_name
        if not is_open_to_strangers(room):
            return _door_words(room, host)
        language = str(dict(settings.LANGUAGES).get(room.language, room.language))
        return Words(above=_state(room), title=room.title, who=host, when=" · ".join([*_when(room), language]))


def _door_words(room: Room, host: str) -> Words:
    """Return what the door says: whose room it is, and where tickets are sold what they cost and what for."""
    price = prices_of([room]).get(room.pk)
    if price is None:
        return Words(above=_("This room has a door"), title=room.title, who=host)
    above = _("Ticket: %(price)s") % {"price": price}
    return Words(above=above, title=room.title, who=host, when=" · ".join(_when(room)))


def share_address(room: Room) -> str:
    """Return where the picture is; another one has another address."""
    return f"{reverse('rooms:share-picture', args=[room.public_id])}?v={digest_of(words_of(room))}"


def _state(room: Room) -> str:
    if room.is_coming:
        return _("Coming up")
    words = {RoomState.LIVE: _("Live now"), RoomState.ENDED: _("Listen again")}
    return words.get(RoomState(room.state), _("Cancelled"))


def _when(room: Room) -> list[str]:
    """Return when it begins or began, by the clocks of its series or its host; of a live one it is now."""
    at = room.starts_at if room.is_coming or room.state == RoomState.CANCELLED else room.began_at
    if at is None or room.is_live:
        return []
    return [f"{moment(at)} ({_zone_of(room).replace('_', ' ')})"]


def _zone_of(room: Room) -> str:
    zone = room.series.zone if room.series is not None else room.host.time_zone
    return zone or settings.TIME_ZONE
