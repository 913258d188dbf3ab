"""Whom somebody in a room could ask in: people they follow, with who is here already."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef, Q

from accounts.models import Notification, User
from accounts.selectors.blocking import blocked_ids
from accounts.selectors.following import followed_ids
from accounts.selectors.people import PersonCard, person_card
from rooms import presence
from rooms.entering import decisions_for
from rooms.enums import Action, AdmissionKind, EntryRule
from rooms.models import Admission
from rooms.permissions import may
from rooms.selectors import role_in

if TYPE_CHECKING:
    from rooms.models import Room

SHOWN = 30


class Pingable(TypedDict):
    """Somebody one follows. `state` is here, asked, or empty; `invited`: whether they were let in by name."""

    person: PersonCard
    state: str
    invited: bool


def people_to_ping(room: Room, by: User, search: str) -> list[Pingable]:
    """Return up to SHOWN of those whom the person follows and may ask in, those who are here last."""
    people = _followed(room, by, search)
    lets_in = room.entry_rule != EntryRule.TICKET and may(role_in(room, by), Action.ADMIT)
    decisions = decisions_for(room, people)
    found = [one for one in people if decisions[one.pk].allowed or (lets_in and not decisions[one.pk].banned)]
    here = presence.who_is_here(room.public_id, [one.public_id for one in found])
    rows = [_row(one, here) for one in found]
    return sorted(rows, key=lambda row: row["state"] == "here")


def _followed(room: Room, by: User, search: str) -> list[User]:
    people = User.objects.filter(pk__in=followed_ids(by), is_active=True).exclude(pk__in=blocked_ids(room.host))
    if search:
        people = people.filter(Q(handle__icontains=search) | Q(display_name__icontains=search))
    asked = Notification.objects.filter(user=OuterRef("pk"), kind="pinged", key=room.public_id)
    invited = Admission.objects.filter(room=room, user=OuterRef("pk"), kind=AdmissionKind.INVITED, revoked_at=None)
    marked = people.exclude(pk=room.host_id).annotate(asked=Exists(asked), invited=Exists(invited))
    return list(marked.order_by("display_name", "handle")[:SHOWN])


def _row(person: User, here: set[str]) -> Pingable:
    asked = bool(getattr(person, "asked", False))
    state = "here" if person.public_id in here else "asked" if asked else ""
    return {"person": person_card(person), "state": state, "invited": bool(getattr(person, "invited", False))}


def invited_people(room: Room) -> list[PersonCard]:
    """Return who was let in by name, the latest first."""
    rows = Admission.objects.filter(room=room, kind=AdmissionKind.INVITED, revoked_at=None, user__is_active=True)
    return [person_card(row.user) for row in rows.select_related("user").order_by("-pk")[:SHOWN]]
