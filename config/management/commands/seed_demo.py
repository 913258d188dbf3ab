"""`manage.py seed_demo`: the people and rooms of the demo. What is there already stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import DeliveryState, NotificationDelivery, User
from accounts.selectors.people import portrait_number
from config.demo_earnings import make_sales
from config.demo_plans import make_plan
from config.demo_replays import make_replay
from config.embedded.demo import CROWD, PASSWORD, PEOPLE, PLANS, REPLAYS, ROOMS, SALES, VOICES, DemoRoom
from config.lib.public_id import new_public_id
from rooms.enums import RoomState, StageRole
from rooms.models import Room
from rooms.services.hands import accept_hand, raise_hand
from rooms.services.lifecycle import open_room
from rooms.services.recording import start_room_recording
from rooms.services.stage import change_role
from ticketing.models import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


DAYS_BETWEEN = 17


class Command(BaseCommand):
    help = "Make the demo's people and rooms. Their password is public: never in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            msg = "seed_demo makes accounts whose password everybody knows; it does nothing in production."
            raise CommandError(msg)
        _make_people()
        people = {user.handle: user for user in User.objects.all()}
        # First, since a host may have one room open at a time.
        for replay in REPLAYS:
            make_replay(replay, people)
        make_sales(SALES, people)
        for room in ROOMS:
            _make_room(room, people)
        for plan in PLANS:
            make_plan(plan, people)
        _send_no_letters([people[person.handle].pk for person in (*PEOPLE, *VOICES, *CROWD)])


def _make_people() -> None:
    there = set(User.objects.values_list("handle", flat=True))
    missing = [person for person in (*PEOPLE, *VOICES, *CROWD) if person.handle not in there]
    # One hash for all: hashing is slow on purpose, and this is the first start that somebody waits for.
    password = make_password(PASSWORD) if missing else ""
    users = User.objects.bulk_create(
        User(
            public_id=_id_with_portrait(person.portrait),
            handle=person.handle,
            display_name=person.name,
            email=f"{person.handle}@example.org",
            language=person.language,
            is_staff=person.staff,
            is_superuser=person.staff,
            password=password if person in PEOPLE else make_password(None),
            # People of a place come one after the other.
            date_joined=timezone.now() - timedelta(days=DAYS_BETWEEN * number),
        )
        for number, person in enumerate(missing, start=1)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users
    )


def _send_no_letters(people: Collection[int]) -> None:
    """Forget the letters about what the demo has done: nobody waits for them, and here they would be printed."""
    Order.objects.filter(buyer__in=people, tell_bought=True).update(tell_bought=False)
    waiting = NotificationDelivery.objects.filter(notification__user__in=people, state=DeliveryState.WAITING)
    waiting.delete()


def _id_with_portrait(number: int) -> str:
    """Return a new public id to which this portrait belongs: no two of the demo's people look the same."""
    while portrait_number(found := new_public_id()) != number:
        pass
    return found


def _make_room(wanted: DemoRoom, people: Mapping[str, User]) -> None:
    """Open the room unless its host has one open; everybody comes up the way people do."""
    host = people[wanted.host]
    room = Room.objects.filter(host=host, state=RoomState.LIVE).first()
    if room is None:
        room = open_room(
            host,
            title=wanted.title,
            description=wanted.description,
            language=wanted.language,
            topics=wanted.topics,
        )
        _fill(room, wanted, people)
        Room.objects.filter(pk=room.pk).update(
            created_at=timezone.now() - timedelta(minutes=wanted.minutes), stays_open=True
        )
    # Also into a room from before there were voices.
    elif room.title == wanted.title:
        Room.objects.filter(pk=room.pk).update(stays_open=True)
        _bring_up(room, wanted.voices, people)


def _fill(room: Room, wanted: DemoRoom, people: Mapping[str, User]) -> None:
    _bring_up(room, (*wanted.cohosts, *wanted.speakers, *wanted.voices), people)
    for handle in wanted.cohosts:
        change_role(room.public_id, by=room.host, person_id=people[handle].public_id, role=StageRole.COHOST)
    for handle in wanted.hands:
        raise_hand(room.public_id, by=people[handle])
    if wanted.recorded:
        start_room_recording(room.public_id, by=room.host)


def _bring_up(room: Room, handles: Iterable[str], people: Mapping[str, User]) -> None:
    there = set(room.stage.values_list("user__handle", flat=True))
    for handle in handles:
        if handle not in there:
            raise_hand(room.public_id, by=people[handle])
            accept_hand(room.public_id, by=room.host, person_id=people[handle].public_id)
