"""What rooms do when somebody changes how they are shown."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts.selectors.people import person_card
from rooms.enums import LASTING
from rooms.events import change_room
from rooms.models import Room
from rooms.protocol import PersonChanged

if TYPE_CHECKING:
    from accounts.models import User


def person_changed(person: User) -> None:
    """Tell every room that is planned or live and shows the person; a handler of settings.PERSON_CHANGED_HANDLERS."""
    shown = Q(stage__user=person) | Q(hands__user=person) | Q(invitations__user=person)
    shown |= Q(chat__user=person) | Q(board__user=person)
    shown = reduce(or_, (import_string(path)(person) for path in settings.ROOM_SHOWS_PERSON), shown)
    rooms = Room.objects.filter(shown, state__in=LASTING).distinct().order_by("pk")
    # In the order of their keys, so that two such changes cannot wait for each other's locks.
    for room_id in rooms.values_list("public_id", flat=True):
        with change_room(room_id, by=person, live=False) as change:
            if not change.room.is_over:
                change.record(PersonChanged(person=person_card(person)))
