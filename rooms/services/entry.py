"""Who may enter a room: its rule, and whom it lets in by name."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User
from config.lib.inserting import inserting_new
from config.lib.statements import write
from media.services.sessions import close_guest_media, end_guest_media
from rooms import presence
from rooms.enums import Action, AdmissionKind, EntryRule
from rooms.events import change_room
from rooms.models import Admission
from rooms.services.stage import person_by_id

if TYPE_CHECKING:
    from config.lib.statements import Write
    from media.models import MediaSession
    from rooms.events import RoomChange
    from rooms.models import Room

PEOPLE_AT_ONCE = 500


def set_entry(room_id: str, *, by: User | None, rule: EntryRule, guests_listen: bool) -> None:
    """Say who may enter from now on, and whether people without an account may listen: only where everyone may.

    Whoever is inside stays and may come back, unless they are sent out. People without an account have to go at once if
    they may no longer listen.
    """
    # Redis is asked before the row is locked.
    here = people_here(room_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.SET_ENTRY)
        ended = change_door(change, rule, guests_listen=guests_listen, here=here)
    close_guest_media(ended)


def change_door(change: RoomChange, rule: EntryRule, *, guests_listen: bool, here: list[str]) -> list[MediaSession]:
    """Say who may enter inside the caller's change; return what is for `close_guest_media` after its commit.

    `here` is what `people_here` said before the room was locked.
    """
    guests_listen = guests_listen and rule == EntryRule.EVERYONE
    room = change.room
    if (room.entry_rule, room.guests_listen) == (rule, guests_listen):
        return []
    if room.entry_rule != rule:
        for path in settings.ROOM_ENTRY_CHECKS:
            import_string(path)(room, rule)
        _let_stay(change, here)
    room.entry_rule, room.guests_listen = rule, guests_listen
    room.save(update_fields=["entry_rule", "guests_listen"])
    change.record_room()
    return [] if guests_listen else end_guest_media(room.public_id)


def admit(
    room: Room, person: User, *, kind: AdmissionKind = AdmissionKind.INVITED, granted_by: User | None = None
) -> None:
    """Let somebody in by name, inside the caller's transaction or alone; whoever was let in already stays so."""
    write(admitting(room, person, kind=kind, granted_by=granted_by))


def admitting(room: Room, person: User, *, kind: AdmissionKind, granted_by: User | None = None) -> Write:
    """Return what `admit` would do, to be done together with other writes."""
    return inserting_new([Admission(room=room, user=person, kind=kind, granted_by=granted_by)])


def withdraw(room: Room, person: User, *, kind: AdmissionKind = AdmissionKind.INVITED) -> bool:
    """Take that back; whoever is inside stays. Return whether there was anything to take back."""
    rows = Admission.objects.filter(room=room, user=person, kind=kind, revoked_at=None)
    return rows.update(revoked_at=timezone.now()) > 0


def take_invitation_back(room_id: str, *, by: User | None, person_id: str) -> None:
    """Let somebody in by name no longer. Who is inside stays; one that was not invited is fine."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.ADMIT)
        withdraw(change.room, person)


def people_here(room_id: str) -> list[str]:
    """Return the public ids of everybody who is connected; fewer, or nobody, while Redis does not answer."""
    found: list[str] = []
    for offset in itertools.count(0, PEOPLE_AT_ONCE):
        page = presence.people_of(room_id, offset=offset, limit=PEOPLE_AT_ONCE)
        if not page:
            break
        found += [card["id"] for card in page]
    return found


def _let_stay(change: RoomChange, here: list[str]) -> None:
    people = User.objects.filter(public_id__in=here, is_active=True).exclude(pk=change.room.host_id)
    rows = [
        Admission(room=change.room, user_id=key, kind=AdmissionKind.PRESENT)
        for key in people.values_list("pk", flat=True)
    ]
    Admission.objects.bulk_create(rows, ignore_conflicts=True, batch_size=PEOPLE_AT_ONCE)
