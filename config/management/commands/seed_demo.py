"""`manage.py seed_demo`: the people and live rooms of the demo. What is there already stays as it is."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config.embedded.demo import PASSWORD, PEOPLE, ROOMS, DemoRoom
from rooms.enums import RoomState, StageRole
from rooms.models import Room
from rooms.services.hands import accept_hand, raise_hand
from rooms.services.lifecycle import open_room
from rooms.services.stage import change_role


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
    missing = [person for person in PEOPLE if person.handle not in there]
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
            password=password,
        )
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def _make_room(wanted: DemoRoom) -> None:
    """Open the room unless its host has one open; everybody comes up the way people do."""
    host = User.objects.get(handle=wanted.host)
    if Room.objects.filter(host=host, state=RoomState.LIVE).exists():
        return
    room = open_room(host, title=wanted.title, description=wanted.description, language=wanted.language)
    for handle in (*wanted.cohosts, *wanted.speakers):
        person = User.objects.get(handle=handle)
        raise_hand(room.public_id, by=person)
        accept_hand(room.public_id, by=host, person_id=person.public_id)
        if handle in wanted.cohosts:
            change_role(room.public_id, by=host, person_id=person.public_id, role=StageRole.COHOST)
    for handle in wanted.hands:
        raise_hand(room.public_id, by=User.objects.get(handle=handle))
