"""The pages of figures and their files: every shape of a room, both languages, the reader's clock, replay listens."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from config.lib.csv_files import MARK
from media.enums import RecordingState
from media.models import Recording, SpeakingReceipt
from rooms.enums import Reaction
from rooms.models import ReplayListen, RoomMinute
from rooms.services import figures
from rooms.services.figures import settle
from rooms.services.replay_listens import note_replay_heard
from rooms.stats import Minute, Replays, replay_listens, room_stats
from rooms.stats_charts import MOST_PLACES, put_together, stats_charts
from tests.rooms.planned import planned
from tests.rooms.test_stats import MINUTE, NOON, a_room, there

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room


def counted(room: Room, minute: int, people: int, guests: int = 0, **reactions: int) -> None:
    RoomMinute.objects.create(
        room=room, at=room.created_at + minute * MINUTE, source="clock", people=people, guests=guests,
        reactions=reactions,
    )  # fmt: skip


def talked(room: Room, person: User | None, seconds: float, session: str) -> None:
    SpeakingReceipt.objects.create(
        session_key=session,
        relay_incarnation="i",
        room_key=room.public_id,
        user=person,
        received_ms=round(seconds * 2000),
        voice_ms=round(seconds * 1000),
    )


def client_of(person: User, language: str = "en") -> Client:
    """Return the browser of somebody who reads this language."""
    person.language = language
    person.save(update_fields=["language"])
    client = Client(headers={"accept-language": language})
    client.force_login(person)
    return client


def page_of(host: User, room: Room, language: str = "en") -> str:
    response = client_of(host, language).get(reverse("rooms:stats", args=[room.public_id]))
    assert (response.status_code, response["Cache-Control"]) == (HTTPStatus.OK, "private, no-store")
    return response.content.decode().replace("\xa0", " ")


def file_of(host: User, room: Room, table: str) -> list[list[str]]:
    response = client_of(host).get(reverse("rooms:stats-file", args=[room.public_id, table]))
    text = response.content.decode()
    assert text.startswith(MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(MARK))))


def a_replay(room: Room, seconds: int = 100) -> Recording:
    return Recording.objects.create(
        room_key=room.public_id,
        state=RecordingState.READY,
        started_at=NOON,
        stopped_at=NOON + timedelta(seconds=seconds),
        file="replay-1.ogg",
        duration_ms=1000 * seconds,
    )


# --- charts ---


@pytest.mark.parametrize(
    ("minutes", "places"), [(1, 1), (2, 2), (MOST_PLACES, 48), (MOST_PLACES + 1, 25), (480, 48), (481, 33), (1440, 48)]
)
def test_minutes_are_put_together_until_a_chart_can_be_read(minutes: int, places: int) -> None:
    found = put_together([Minute(NOON + number * MINUTE, people=number, guests=0) for number in range(minutes)])
    assert len(found) == places
    assert found[-1].present == minutes - 1


def test_place_has_its_fullest_minute_and_the_sum_of_what_happened() -> None:
    minutes = [Minute(NOON + number * MINUTE, came=1, raised=2) for number in range(100)]
    minutes[0].people, minutes[0].guests = 3, 1
    minutes[1].people, minutes[1].guests = 1, 4
    first, second, *_ = put_together(minutes)
    assert (first.people, first.guests, first.came, first.raised) == (1, 4, 5, 10)
    assert second.present is None


@pytest.mark.django_db
@pytest.mark.parametrize("audience", [0, 1, 100_000])
@pytest.mark.parametrize("minutes", [0, 1, 480])
def test_room_of_every_length_and_size_has_a_page(ines: User, minutes: int, audience: int) -> None:
    room = a_room(ines, minutes=minutes)
    counted(room, 0, audience)
    charts = stats_charts(room_stats(room))
    assert all(len(chart.names) <= 7 for chart in (charts.audience, charts.moves))
    page = page_of(ines, room)
    words = "Nobody was counted." if not audience else "person at the fullest" if audience == 1 else "100,000 people"
    assert words in page


@pytest.mark.django_db
def test_page_of_a_room_that_nobody_came_to_says_so(ines: User) -> None:
    page = page_of(ines, a_room(ines))
    for words in ("Nobody has said anything yet.", "Nobody has reacted yet.", "There is nothing to show yet."):
        assert words in page


@pytest.mark.django_db
def test_room_that_has_not_begun_has_no_figures(ines: User) -> None:
    room = planned(ines)
    assert "They begin with the room." in page_of(ines, room)
    client = client_of(ines)
    assert client.get(reverse("rooms:stats-file", args=[room.public_id, "minutes"])).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.django_db
def test_speakers_are_named_and_the_audience_is_not(ines: User, maiwenn: User, oliver: User) -> None:
    room = a_room(ines)
    (listener,) = there(room, (0, 10))
    talked(room, maiwenn, 10, "p1")
    talked(room, ines, 75, "p2")
    talked(room, None, 3, "p3")
    settle(room)
    page = page_of(ines, room)
    assert page.index("Inès Moreau") < page.index("Maïwenn Le Goff") < page.index("Somebody who has left")
    assert listener.display_name not in page
    assert oliver.display_name not in page
    assert file_of(ines, room, "speakers")[1:] == [
        ["Inès Moreau", "ines", "75", "150"],
        ["Maïwenn Le Goff", "maiwenn", "10", "20"],
        ["Somebody who has left", "", "3", "6"],
    ]


@pytest.mark.django_db
def test_page_is_french_for_the_french(ines: User) -> None:
    room = a_room(ines, minutes=60)
    counted(room, 0, 1_200)
    page = page_of(ines, room, "fr")
    assert "Personnes en tout" in page
    assert "1 200 personnes" in page


@pytest.mark.django_db
def test_hours_are_by_the_clock_of_whoever_reads(ines: User) -> None:
    room = a_room(ines, minutes=1)
    with timezone.override(ZoneInfo("Asia/Kolkata")), translation.override("fr"):
        assert stats_charts(room_stats(room)).audience.labels == []
        counted(room, 0, 2)
        assert stats_charts(room_stats(room)).audience.labels == ["17:30", "17:31"]


@pytest.mark.django_db
def test_file_has_every_minute_and_every_reaction(ines: User) -> None:
    room = a_room(ines, minutes=2)
    there(room, (0, 1))
    counted(room, 0, 3, 2, clap=7, heart=1)
    settle(room)
    header, *rows = file_of(ines, room, "minutes")
    assert header[:7] == ["Time (UTC)", "With an account", "Guests", "Came", "Left", "Hands raised", "Hands accepted"]
    assert header[7:] == [str(reaction.label) for reaction in Reaction]
    assert rows[0] == ["2026-11-20 12:00", "3", "2", "1", "0", "0", "0", "7", "1"] + ["0"] * (len(Reaction) - 2)
    assert rows[1][:5] == ["2026-11-20 12:01", "", "", "0", "1"]
    assert len(rows) == 3


@pytest.mark.django_db
def test_unknown_table_is_not_found(ines: User) -> None:
    client = client_of(ines)
    address = reverse("rooms:stats-file", args=[a_room(ines).public_id, "people"])
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND


# --- the overview ---


@pytest.mark.django_db
def test_overview_begins_with_an_invitation_and_then_shows_the_trend(ines: User) -> None:
    client = client_of(ines)
    address = reverse("rooms:stats-overview")
    assert "You have hosted no room yet" in client.get(address).content.decode()
    for number in range(3):
        settle(a_room(ines, began=NOON + number * timedelta(hours=1)))
    page = client.get(address).content.decode()
    assert "Audience, room by room" in page
    assert page.count("<dl>") == 3
    lines = client.get(reverse("rooms:stats-overview-file")).content.decode().splitlines()
    assert len(lines) == 4


@pytest.mark.django_db
def test_overview_asks_guests_to_log_in() -> None:
    response = Client().get(reverse("rooms:stats-overview"))
    assert response.status_code == HTTPStatus.FOUND
    assert reverse("account_login") in response["Location"]


@pytest.mark.django_db
def test_title_of_a_room_is_no_formula_in_the_file(ines: User) -> None:
    room = a_room(ines)
    room.title = "=HYPERLINK(1)"
    room.save()
    client = client_of(ines)
    assert "'=HYPERLINK(1)" in client.get(reverse("rooms:stats-overview-file")).content.decode()


# --- replays ---


@pytest.mark.django_db
def test_replay_counts_once_for_each_listener_and_day(
    ines: User, oliver: User, yara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = a_room(ines)
    replay = a_replay(room)

    def heard(by: User | None, seconds: float, guest: str = "") -> None:
        note_replay_heard(room.public_id, replay.public_id, by=by, guest=guest, seconds=seconds)

    heard(oliver, 5)
    heard(oliver, 61)
    heard(oliver, 20)
    heard(yara, 9_999)
    heard(None, 10, "one")
    heard(None, 12, "one")
    heard(None, 0, "other")
    # Whoever sees the figures is not in them.
    heard(ines, 100)
    today = timezone.now().date()
    assert replay_listens(room) == Replays(4, [(today, 4)], [4, 3, 2, 2, 2, 2, 2, 1, 1, 1])
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("rooms.services.replay_listens.timezone.now", lambda: tomorrow)
    heard(oliver, 5)
    assert replay_listens(room).days == [(today, 4), (tomorrow.date(), 1)]
    # Nothing tells that it was the same person on both days.
    marks = list(ReplayListen.objects.values_list("listener", flat=True))
    assert len(set(marks)) == 5
    assert not any(oliver.public_id in mark for mark in marks)


@pytest.mark.django_db
@pytest.mark.parametrize(("limit", "reached"), [(1, 5_000), (2, 50_000)])
def test_player_may_tell_so_often(ines: User, oliver: User, settings: Settings, limit: int, reached: int) -> None:
    settings.ROOM_REPLAY_REPORTS_PER_HOUR = limit
    room = a_room(ines)
    replay = a_replay(room)
    for seconds in (5, 50, 90):
        note_replay_heard(room.public_id, replay.public_id, by=oliver, guest="", seconds=seconds)
    assert ReplayListen.objects.get().reached_ms == reached


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "status"),
    [("12", 204), ("0", 204), ("9999999", 204), ("10000000", 400), ("-1", 400), ("1.5", 400), ("", 400), ("x", 400)],
)
def test_player_tells_how_far(ines: User, seconds: str, status: int) -> None:
    room = a_room(ines)
    address = reverse("rooms:replay-heard", args=[room.public_id, a_replay(room).public_id])
    assert Client().post(address, {"seconds": seconds}).status_code == status


@pytest.mark.django_db
def test_replay_that_is_not_there_counts_nothing(ines: User) -> None:
    room = a_room(ines)
    address = reverse("rooms:replay-heard", args=[room.public_id, "2" * 14])
    assert Client().post(address, {"seconds": "5"}).status_code == HTTPStatus.NOT_FOUND
    assert Client(enforce_csrf_checks=True).post(address, {"seconds": "5"}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.django_db
def test_page_costs_few_queries(ines: User, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    room = a_room(ines, minutes=480)
    for number in range(30):
        counted(room, number, number, clap=number)
    figures.settle(room)
    client = client_of(ines)
    with django_assert_max_num_queries(20):
        client.get(reverse("rooms:stats", args=[room.public_id]))
