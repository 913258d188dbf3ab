"""The order of the hallway: what comes first for whoever looks, a page at a time. docs/hallway.md says it in words.

How many are in a room never counts. A page ends at a cursor, which names the place of its last room: whatever opens or
ends meanwhile, the next page has no room of this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from accounts.selectors.following import followed_ids
from config.lib.paging import BadCursorError, Position
from rooms.models import Room, RoomTopic, StageMember
from rooms.topics import followed_topics

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Why a room comes before another, from the best reason down. Each has two places: put forward by staff, or not.
FOLLOWED_HOST, FOLLOWED_ON_STAGE, FOLLOWED_TOPIC, ANY = range(4)


class Place(NamedTuple):
    """Where a live room stands in the hallway of whoever looks."""

    rank: int
    position: Position

    def encode(self) -> str:
        return f"{self.rank}.{self.position.encode()}"

    @classmethod
    def decode(cls, cursor: str) -> Place:
        """Read a cursor back; raises BadCursorError."""
        rank, _, position = cursor.partition(".")
        if not (rank.isascii() and rank.isdecimal() and len(rank) == 1):
            raise BadCursorError
        return cls(int(rank), Position.decode(position))


def ranked(rooms: QuerySet[Room], user: User | AnonymousUser | None) -> QuerySet[Room]:
    """Return the rooms with why each comes where it does: `reason`, `rank` and the time at which it `began`."""
    followed = followed_ids(user)
    on_stage = StageMember.objects.filter(room=OuterRef("pk"), user__in=followed)
    about = RoomTopic.objects.filter(room=OuterRef("pk"), topic__in=followed_topics(user))
    reason = Case(
        When(Q(host__in=followed), then=Value(FOLLOWED_HOST)),
        When(Exists(on_stage), then=Value(FOLLOWED_ON_STAGE)),
        When(Exists(about), then=Value(FOLLOWED_TOPIC)),
        default=Value(ANY),
        output_field=IntegerField(),
    )
    put_forward = Case(When(featured_at=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    rooms = rooms.annotate(reason=reason, began=Coalesce("live_at", "created_at"))
    return rooms.annotate(rank=F("reason") * 2 + put_forward)


def in_order(rooms: QuerySet[Any]) -> QuerySet[Any]:
    """Return ranked rooms as the hallway shows them: by rank, then those that began last."""
    return rooms.order_by("rank", "-began", "-pk")


def behind(rooms: QuerySet[Any], last: Place) -> QuerySet[Any]:
    """Return those of the ranked rooms that come after this place."""
    at, pk = last.position
    return rooms.filter(
        Q(rank__gt=last.rank) | Q(rank=last.rank, began__lt=at) | Q(rank=last.rank, began=at, pk__lt=pk)
    )


def place_of(room: Room) -> Place:
    """Return where a ranked room stands."""
    return Place(room.rank, Position(room.began, room.pk))  # type: ignore[attr-defined] # annotated by `ranked`
