"""Reads for the rule of entry: what is known of somebody before a room, for one room and for lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from accounts.models import Follow, User
from config.lib import prepared
from rooms.entry_rules import ASKS, MEETS, Decision, Facts, decide
from rooms.enums import EntryRule
from rooms.models import Admission, Ban, Removal, Room, StageInvitation, StageMember

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

_FACTS = ("banned", "admitted", "follows_host", "followed_by_host")


def _facts(*, person: User | OuterRef, room: Room | OuterRef, host: int | OuterRef) -> dict[str, Any]:
    """Return the facts as expressions; each of the three is known, or a column of the rows that are read."""
    here: dict[str, Any] = {"room": room, "user": person}
    bans = Ban.objects.filter(Q(room=room) | Q(room=None), host=host, user=person)
    let_in = (
        Exists(Admission.objects.filter(revoked_at=None, **here))
        | Exists(StageMember.objects.filter(**here))
        | Exists(StageInvitation.objects.filter(**here))
    )
    return {
        "banned": Exists(bans),
        "admitted": ExpressionWrapper(Q(let_in), output_field=BooleanField()),
        "follows_host": Exists(Follow.objects.filter(follower=person, followed=host)),
        "followed_by_host": Exists(Follow.objects.filter(follower=host, followed=person)),
    }


def with_facts(rooms: QuerySet[Room], user: User | AnonymousUser | None) -> QuerySet[Room]:
    """Return the rooms with what `decision_on` needs to know of the person; None is a guest."""
    if user is None or not user.is_authenticated:
        return rooms
    return rooms.annotate(**_facts(person=user, room=OuterRef("pk"), host=OuterRef("host")))


def open_rooms(rooms: QuerySet[Room], user: User | AnonymousUser | None, *, for_sale: bool = False) -> QuerySet[Room]:
    """Return those of the rooms that the person may enter: the same rules as `decide`, as a filter.

    With `for_sale` also those that they may enter as soon as they have a ticket.
    """
    sold = Q(entry_rule=EntryRule.TICKET) if for_sale else Q()
    if user is None or not user.is_authenticated:
        return rooms.filter(Q(entry_rule=EntryRule.EVERYONE, guests_listen=True) | sold)
    by_rule = sold
    for rule, needs in ASKS.items():
        by_rule |= Q(entry_rule=rule, **{MEETS[need]: True for need in needs})
    return with_facts(rooms, user).filter(Q(host=user) | Q(banned=False) & (Q(admitted=True) | by_rule))


def decision_on(room: Room, user: User | AnonymousUser | None) -> Decision:
    """Return whether the person may enter a room that was read through `with_facts` for them."""
    if user is None or not user.is_authenticated:
        facts = Facts(guest=True)
    else:
        known = {name: bool(getattr(room, name)) for name in _FACTS}
        facts = Facts(host=room.host_id == user.pk, **known)
    return decide(EntryRule(room.entry_rule), facts, guests_listen=room.guests_listen)


def decisions_for(room: Room, people: Iterable[User]) -> dict[int, Decision]:
    """Return for each of the people (by row number) whether they may enter the room; one query for all."""
    keys = [person.pk for person in people]
    rows = User.objects.filter(pk__in=keys).annotate(**_facts(person=OuterRef("pk"), room=room, host=room.host_id))
    return {
        row.pk: decide(
            EntryRule(room.entry_rule),
            Facts(host=row.pk == room.host_id, **{name: bool(getattr(row, name)) for name in _FACTS}),
            guests_listen=room.guests_listen,
        )
        for row in rows
    }


def bans(*, room: int, host: int, person: int) -> QuerySet[Ban]:
    """Return what keeps somebody (by row number, as the others) out of a room, whatever else holds."""
    return Ban.objects.filter(Q(room=room) | Q(room=None), host=host, user=person)


def is_banned(room: Room, person: User) -> bool:
    """Say whether somebody may not come into the room, whatever else holds."""
    return _is_banned(room=room.pk, host=room.host_id, person=person.pk)


@prepared.exists
def _is_banned(*, room: int, host: int, person: int) -> QuerySet[Ban]:
    return bans(room=room, host=host, person=person)


def latest_removal(room: Room, user: User | None) -> int:
    """Return the number of the latest time that somebody was sent out of the room; 0 if never."""
    if user is None:
        return 0
    rows = Removal.objects.filter(room=room, user=user).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0
