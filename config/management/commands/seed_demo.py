"""`manage.py seed_demo`: the people and live rooms of the demo. What is there already stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config.embedded.demo import PASSWORD, PEOPLE, ROOMS, VOICES, DemoRoom
from rooms.enums import RoomState, StageRole
from rooms.models import Room
from rooms.services.hands import accept_hand, raise_hand
from rooms.services.lifecycle import open_room
from rooms.services.stage import change_role

if TYPE_CHECKING:
    from collections.abc import Iterable


class Command(BaseCommand):
    help = "Make the demo's people and rooms. Their password is public: never in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            msg = "seed_demo makes accounts whose password everybody knows; it does nothing in production."
            raise CommandError(msg)
        _make_people()
        for room in ROOMS:
            _make_room(room)


def _make_people() -> None:
    there = set(User.objects.values_list("handle", flat=True))
    missing = [person for person in (*PEOPLE, *VOICES) if person.handle not in there]
    # One hash for all: hashing is slow on purpose, and this is the first start that somebody waits for.
    password = make_password(PASSWORD) if missing else ""
    for person in missing:
        user = User.objects.create(
            handle=person.handle,
            display_name=person.name,
            email=f"{person.handle}@example.org",
            language=person.language,
            is_staff=person.staff,
            is_superuser=person.staff,
            password=make_password(None) if person in VOICES else password,
        )
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def _make_room(wanted: DemoRoom) -> None:
    """Open the room unless its host has one open; everybody comes up the way people do."""
    host = User.objects.get(handle=wanted.host)
    room = Room.objects.filter(host=host, state=RoomState.LIVE).first()
    if room is None:
        room = open_room(host, title=wanted.title, description=wanted.description, language=wanted.language)
        _fill(room, wanted)
    # Also into a room from before there were voices.
    elif room.title == wanted.title:
        _bring_up(room, wanted.voices)


def _fill(room: Room, wanted: DemoRoom) -> None:
    _bring_up(room, (*wanted.cohosts, *wanted.speakers, *wanted.voices))
    for handle in wanted.cohosts:
        person = User.objects.get(handle=handle)
        change_role(room.public_id, by=room.host, person_id=person.public_id, role=StageRole.COHOST)
    for handle in wanted.hands:
        raise_hand(room.public_id, by=User.objects.get(handle=handle))


def _bring_up(room: Room, handles: Iterable[str]) -> None:
    there = set(room.stage.values_list("user__handle", flat=True))
    for handle in handles:
        if handle not in there:
            person = User.objects.get(handle=handle)
            raise_hand(room.public_id, by=person)
            accept_hand(room.public_id, by=room.host, person_id=person.public_id)
