"""The order of the queue: hosts move and pin hands, lower all, and take that back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from accounts.selectors.blocking import blocked_ids
from config.lib.errors import LoginRequiredError
from rooms.enums import Action
from rooms.errors import NothingToRestoreError, NotRaisedError
from rooms.events import change_room
from rooms.models import LoweredHand, RaisedHand, StageInvitation, StageMember
from rooms.protocol import HandMoved, HandsCleared, HandsRestored
from rooms.selectors import QUEUE_ORDER, hand_entry
from rooms.services.stage import person_by_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rooms.events import RoomChange
    from rooms.models import Room

_KEPT = ("user_id", "raised_at", "reason", "pinned", "position")


def next_position(room: Room) -> int:
    """Return the position behind everybody in the room's queue, whose row is locked.

    Hands that were just lowered count too: if they come back, they come back in front.
    """
    last = [
        model.objects.filter(room=room).aggregate(last=Max("position"))["last"] for model in (RaisedHand, LoweredHand)
    ]
    return max((position for position in last if position is not None), default=0) + 1


def move_hand(room_id: str, *, by: User | None, person_id: str, place: int) -> None:
    """Let a hand stand at `place`, counted from 1, or as near as pins allow: pinned hands stay before all others.

    Raises NotRaisedError.
    """
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.ORDER_HANDS)
        line = list(_queue(change))
        hand = _hand_of(line, person)
        before = line.index(hand)
        line.remove(hand)
        alike = [at for at, other in enumerate(line) if other.pinned == hand.pinned]
        # In a group without others there is one place only: where it stands.
        first, last = (alike[0], alike[-1] + 1) if alike else (before, before)
        at = min(max(place - 1, first), last)
        if at == before:
            return
        _renumber(change.room, [hand, *line[at:]])
        change.record(HandMoved(id=person.public_id, place=at + 1, pinned=hand.pinned))


def pin_hand(room_id: str, *, by: User | None, person_id: str, pinned: bool) -> None:
    """Let a hand stand before all that are not pinned, or give it its place in line back. Raises NotRaisedError."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.ORDER_HANDS)
        hand = _hand_of(list(_queue(change)), person)
        if hand.pinned == pinned:
            return
        hand.pinned = pinned
        hand.save(update_fields=["pinned"])
        place = [other.pk for other in _queue(change)].index(hand.pk) + 1
        change.record(HandMoved(id=person.public_id, place=place, pinned=pinned))


def clear_hands(room_id: str, *, by: User | None) -> None:
    """Lower all hands. For ROOM_HANDS_UNDO_SECONDS `restore_hands` takes it back."""
    with change_room(room_id, by=by) as change:
        change.require(Action.LOWER_ANY_HAND)
        line = list(_queue(change))
        if not line or change.by is None:
            return
        now = timezone.now()
        LoweredHand.objects.filter(room=change.room).delete()
        LoweredHand.objects.bulk_create(
            LoweredHand(room=change.room, lowered_at=now, **{name: getattr(hand, name) for name in _KEPT})
            for hand in line
        )
        _queue(change).delete()
        change.record(HandsCleared(by=change.by.public_id))


def restore_hands(room_id: str, *, by: User | None) -> None:
    """Take the last lowering of all hands back, in the old order and before hands that went up since.

    Whoever is on the stage, was asked up or left the site meanwhile stays where they are. Raises NothingToRestoreError.
    """
    with transaction.atomic():
        # Persons before the room; by key, so that two never wait for each other crosswise.
        _lock_lowered(room_id)
        with change_room(room_id, by=by) as change:
            change.require(Action.LOWER_ANY_HAND)
            _restore(change)


def _lock_lowered(room_id: str) -> None:
    people = LoweredHand.objects.filter(room__public_id=room_id).values("user")
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))


def _restore(change: RoomChange) -> None:
    if change.by is None:
        raise LoginRequiredError
    since = timezone.now() - timedelta(seconds=settings.ROOM_HANDS_UNDO_SECONDS)
    lowered = LoweredHand.objects.filter(room=change.room)
    back = list(_welcome_back(change, lowered.filter(lowered_at__gt=since)))
    lowered.delete()
    if not back:
        raise NothingToRestoreError
    RaisedHand.objects.bulk_create(
        RaisedHand(room=change.room, **{name: getattr(hand, name) for name in _KEPT}) for hand in back
    )
    line = _queue(change).select_related("user")
    change.record(HandsRestored(hands=[hand_entry(hand) for hand in line]))


def _welcome_back(change: RoomChange, lowered: QuerySet[LoweredHand]) -> QuerySet[LoweredHand]:
    for model in (RaisedHand, StageMember, StageInvitation):
        lowered = lowered.exclude(user_id__in=model.objects.filter(room=change.room).values_list("user_id", flat=True))
    return lowered.filter(user__is_active=True).exclude(user__in=blocked_ids(change.room.host)).order_by(*QUEUE_ORDER)


def _queue(change: RoomChange) -> QuerySet[RaisedHand]:
    return RaisedHand.objects.filter(room=change.room).order_by(*QUEUE_ORDER)


def _hand_of(line: list[RaisedHand], person: User) -> RaisedHand:
    for hand in line:
        if hand.user_id == person.pk:
            return hand
    raise NotRaisedError


def _renumber(room: Room, tail: list[RaisedHand]) -> None:
    """Let these stand in this order behind all others of their kind."""
    first = next_position(room)
    for number, hand in enumerate(tail):
        hand.position = first + number
    RaisedHand.objects.bulk_update(tail, ["position"], batch_size=500)
