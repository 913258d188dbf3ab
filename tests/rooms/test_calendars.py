"""Calendars: the file of a room, the feed of a person, as another program reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from icalendar import Calendar

from accounts.services.block import block
from rooms.models import CalendarFeed
from rooms.services.alarms import remind_me
from rooms.services.feeds import feed_of
from rooms.services.planning import cancel_room, edit_room, reschedule_room
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def events_at(client: Client, address: str) -> list[Any]:
    response = client.get(address)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def event_of(client: Client, room: Room) -> Any:
    return events_at(client, reverse("rooms:calendar", args=[room.public_id]))[0]


def feed_address(user: User) -> str:
    return reverse("rooms:feed", args=[feed_of(user).token])


def test_file_of_a_room_says_what_calendars_need(client: Client, ines: User, settings: Settings) -> None:
    settings.SITE_URL, settings.ROOM_CALENDAR_MINUTES = "https://talk.example", 90
    room = planned(ines, title="Échecs; à voix haute, " * 4, description="Une ligne\nune autre", starts_at=soon(days=2))
    event = event_of(client, room)
    assert {name: str(event[name]) for name in ("uid", "summary", "url", "status")} == {
        "uid": f"{room.public_id}@talk.example",
        "summary": room.title,
        "url": f"https://talk.example/rooms/{room.public_id}/",
        "status": "CONFIRMED",
    }
    assert (event.start, event.end - event.start) == (room.starts_at, timedelta(minutes=90))
    assert event["dtstart"].to_ical().endswith(b"00Z")
    assert str(event["description"]).split("\n\n")[1] == room.description
    assert event["sequence"] == 0


def test_file_keeps_to_lines_of_75_bytes(client: Client, ines: User) -> None:
    room = planned(ines, title="é" * 100)
    body = client.get(reverse("rooms:calendar", args=[room.public_id])).content
    assert body.endswith(b"\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 75


def test_change_is_the_same_event_with_a_higher_number(client: Client, ines: User) -> None:
    room = planned(ines)
    first = event_of(client, room)
    later = soon(days=4)
    reschedule_room(room.public_id, by=ines, starts_at=later)
    edit_room(room.public_id, by=ines, title="Go", description="")
    second = event_of(client, room)
    cancel_room(room.public_id, by=ines)
    third = event_of(client, room)
    assert len({str(event["uid"]) for event in (first, second, third)}) == 1
    assert [event["sequence"] for event in (first, second, third)] == [0, 2, 3]
    assert [str(event["status"]) for event in (first, second, third)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert (second.start, str(second["summary"])) == (later, "Go")


def test_room_that_was_never_planned_has_no_file(client: Client, room: Room) -> None:
    assert client.get(reverse("rooms:calendar", args=[room.public_id])).status_code == 404


def test_feed_has_what_one_hosts_and_waits_for(client: Client, ines: User, oliver: User, yara: User) -> None:
    mine, awaited = planned(oliver, title="Mine"), planned(ines, title="Awaited", starts_at=soon(days=2))
    planned(yara, title="Neither")
    remind_me(awaited.public_id, by=oliver)
    cancel_room(mine.public_id, by=oliver)
    events = events_at(client, feed_address(oliver))
    assert [(str(event["summary"]), str(event["status"])) for event in events] == [
        ("Mine", "CANCELLED"),
        ("Awaited", "CONFIRMED"),
    ]
    block(ines, oliver)
    assert [str(event["summary"]) for event in events_at(client, feed_address(oliver))] == ["Mine"]


def test_feed_is_nobodys_without_its_address_and_none_that_was_renewed(client: Client, oliver: User) -> None:
    old = feed_address(oliver)
    assert client.get(reverse("rooms:feed", args=["x" * 43])).status_code == 404
    client.force_login(oliver)
    client.post(reverse("rooms:feed-renew"))
    assert client.get(old).status_code == 404
    new = client.get(feed_address(oliver))
    assert (new.status_code, new.headers["Cache-Control"], new.headers["X-Robots-Tag"]) == (
        200,
        "private, no-store",
        "noindex",
    )
    assert len(CalendarFeed.objects.get().token) == 43


def test_feed_of_a_closed_account_is_gone(client: Client, oliver: User) -> None:
    address = feed_address(oliver)
    oliver.is_active = False
    oliver.save()
    assert client.get(address).status_code == 404


def test_address_of_a_feed_is_on_ones_own_page_and_in_no_log(
    client: Client, oliver: User, caplog: pytest.LogCaptureFixture
) -> None:
    address = feed_address(oliver)
    client.force_login(oliver)
    assert address in client.get(reverse("rooms:planned")).content.decode()
    with caplog.at_level("INFO"):
        client.get(address)
    assert "/calendar/[hidden]" in caplog.text
    assert feed_of(oliver).token not in caplog.text
