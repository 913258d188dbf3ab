"""Rooms to hear again, and how they are drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.selectors.people import person_card
from media.models import Recording
from rooms import replays
from rooms.models import Room
from rooms.replays import SHOWN, hosted_replays, recent_replays
from rooms.services.lifecycle import open_room
from rooms.templatetags.replays import lasted, waveform

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db


def ended_room(host: User, title: str, *, days_ago: int = 1) -> Room:
    began = timezone.now() - timedelta(days=days_ago)
    return Room.objects.create(
        title=title, language="fr", host=host, state="ended", created_at=began, ended_at=began + timedelta(minutes=62)
    )


def recorded(room: Room, **changed: Any) -> Recording:
    ready = {"state": "ready", "file": "replay.ogg", "duration_ms": 62_000, "peaks": [0, 50, 100]}
    fields: dict[str, Any] = {"started_at": room.created_at, "stopped_at": timezone.now()} | ready | changed
    return Recording.objects.create(room_key=room.public_id, **fields)


def titles(found: list[replays.RecentReplay]) -> list[str]:
    return [replay["title"] for replay in found]


def test_replay_is_listed_with_what_its_card_shows(ines: User) -> None:
    room = ended_room(ines, "Nos villes la nuit")
    recorded(room)
    assert recent_replays(None) == [
        {
            "id": room.public_id,
            "title": "Nos villes la nuit",
            "language": "fr",
            "host": person_card(ines),
            "began": room.created_at,
            "duration_ms": 62_000,
            "peaks": [0, 50, 100],
            "topics": [],
        }
    ]


def test_only_what_can_be_heard_is_listed(ines: User, oliver: User) -> None:
    recorded(ended_room(ines, "failed"), state="failed", file="", error="OSError")
    recorded(ended_room(ines, "waits"), state="stopped", file="")
    ended_room(ines, "unrecorded")
    recorded(open_room(oliver, title="goes on", language="fr"))
    recorded(ended_room(ines, "ready"))
    assert titles(recent_replays(None)) == ["ready"]


def test_latest_replays_lead_and_no_more_are_listed_than_shown(ines: User) -> None:
    for number in range(SHOWN + 1):
        recorded(ended_room(ines, str(number), days_ago=SHOWN + 1 - number))
    assert titles(recent_replays(None)) == [str(number) for number in range(SHOWN, 0, -1)]


@pytest.mark.parametrize(("newer", "found"), [(1, ["old"]), (2, [])])
def test_no_more_rooms_are_looked_at_than_it_says(
    ines: User, monkeypatch: pytest.MonkeyPatch, newer: int, found: list[str]
) -> None:
    monkeypatch.setattr(replays, "ROOMS_LOOKED_AT", 2)
    recorded(ended_room(ines, "old", days_ago=9))
    for number in range(newer):
        ended_room(ines, f"newer {number}")
    assert titles(recent_replays(None)) == found


def test_page_of_a_person_lists_their_own(client: Client, ines: User, oliver: User) -> None:
    recorded(ended_room(ines, "hers"))
    recorded(ended_room(oliver, "his", days_ago=2))
    assert titles(hosted_replays(None, ines)) == ["hers"]
    assert titles(client.get("/@ines/").context["replays"]) == ["hers"]
    assert titles(client.get("/").context["replays"]) == ["hers", "his"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_database_the_same_for_one_and_three(
    ines: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        recorded(ended_room(ines, str(number)))
    with django_assert_num_queries(3):
        recent_replays(None)


def test_waveform_has_a_bar_for_each_moment() -> None:
    assert waveform([0, 50, 100]) == (
        '<svg class="waveform" viewBox="0 0 15 40" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M2.5 19.0v2.0M7.5 10.0v20.0M12.5 1.0v38.0"/></svg>'
    )
    assert waveform([]) == ""


def test_room_lasted_from_its_opening_to_its_end(ines: User, room: Room) -> None:
    assert (lasted(ended_room(ines, "over")), lasted(room)) == (62 * 60 * 1000, 0)


def test_ended_room_without_a_recording_says_so(client: Client, ines: User) -> None:
    page = client.get(f"/rooms/{ended_room(ines, 'Nos villes la nuit').public_id}/", headers={"accept-language": "en"})
    body = page.content.decode()
    assert ("There is no replay" in body, "data-player" in body, "Nos villes la nuit" in body) == (True, False, True)


def test_replay_without_an_outline_has_a_plain_line(client: Client, ines: User) -> None:
    room = ended_room(ines, "Nos villes la nuit")
    recorded(room, peaks=[])
    recorded(room)
    body = client.get(f"/rooms/{room.public_id}/").content.decode()
    # The outline is drawn twice: what is to come, and over it what has been heard.
    assert (body.count("player__line--plain"), body.count('class="waveform"')) == (1, 2)
