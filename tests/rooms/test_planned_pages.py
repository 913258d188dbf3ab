"""The pages of planned rooms: the form, the room until it begins, reminders, what its host does."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.services.block import block
from config.lib.wall_clock import wall_at
from rooms.enums import RoomState
from rooms.models import Room, RoomReminder, RoomSeries
from rooms.selectors import iso
from rooms.services.alarms import remind_me
from rooms.services.planning import cancel_overdue, cancel_room, open_lobby, start_room
from rooms.upcoming import upcoming_for
from tests.factories.people import person
from tests.rooms.planned import pass_by, planned, soon
from tests.rooms.test_series import weekly

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

PARIS = "Europe/Paris"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def host(ines: User, client: Client) -> User:
    """Return Inès, who reads English by the clocks of Paris, logged in."""
    ines.language, ines.time_zone = "en", PARIS
    ines.save()
    client.force_login(ines)
    return ines


def answers(**given: Any) -> dict[str, Any]:
    """Return what the form sends for a room tomorrow at eight in the evening."""
    tomorrow = wall_at(timezone.now(), PARIS).date() + timedelta(days=1)
    usual = {"title": "Chess", "description": "", "language": "en", "when": "later", "hour": "20:00", "zone": PARIS}
    return {**usual, "day": tomorrow.isoformat(), **given}


def errors_in(body: str) -> list[str]:
    return [
        re.sub("<.*?>", "", one).strip() for one in re.findall(r'<p class="field__error">(.*?)</p>', body, re.DOTALL)
    ]


def test_form_offers_tomorrow_evening_by_the_clock_of_whoever_plans(client: Client, host: User) -> None:
    body = client.get(reverse("rooms:create")).content.decode()
    assert 'value="20:00"' in body
    assert answers()["day"] in body
    assert "By the clock of Europe/Paris." in body


def test_form_plans_a_room(client: Client, host: User) -> None:
    response = client.post(reverse("rooms:create"), answers())
    room = Room.objects.get()
    assert response.headers["Location"] == reverse("rooms:room", args=[room.public_id])
    assert room.starts_at is not None
    wall = wall_at(room.starts_at, PARIS)
    assert (room.state, f"{wall:%Y-%m-%d %H:%M}") == (RoomState.SCHEDULED, f"{answers()['day']} 20:00")


def test_form_still_opens_at_once(client: Client, host: User) -> None:
    client.post(reverse("rooms:create"), answers(when="now"))
    client.post(reverse("rooms:create"), {"title": "Second", "description": "", "language": "en"})
    assert list(Room.objects.values_list("state", flat=True)) == [RoomState.LIVE]


def test_form_plans_a_series(client: Client, host: User) -> None:
    client.post(reverse("rooms:create"), answers(rhythm="weekly"))
    series = RoomSeries.objects.get()
    assert (series.zone, f"{series.hour:%H:%M}", series.rooms.count()) == (PARIS, "20:00", 3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day": ""}, ["Choose a day."]),
        ({"hour": ""}, ["Choose an hour."]),
        ({"day": "2020-01-01"}, ["Choose a time that is still to come."]),
        ({"day": "2099-01-01"}, ["A room can be planned up to 30 days ahead."]),
        ({"zone": "Mars/Olympus"}, []),
        ({"title": ""}, ["This field is required."]),
    ],
)
def test_form_says_what_is_wrong_beside_the_field(
    client: Client, host: User, wrong: dict[str, str], said: list[str]
) -> None:
    response = client.post(reverse("rooms:create"), answers(**wrong))
    assert (response.status_code, errors_in(response.content.decode())) == (422, said)
    assert Room.objects.count() == 0


def test_hour_that_is_skipped_is_refused_and_one_that_comes_twice_is_asked(
    client: Client, host: User, settings: Any
) -> None:
    settings.ROOM_PLAN_DAYS = 5_000
    response = client.post(reverse("rooms:create"), answers(day="2031-03-30", hour="02:30"))
    assert errors_in(response.content.decode()) == [
        "That night the clocks go forward over this hour. Choose another one."
    ]
    twice = answers(day="2031-10-26", hour="02:30")
    response = client.post(reverse("rooms:create"), twice)
    assert errors_in(response.content.decode()) == ["That night the clocks go back, and this hour comes twice."]
    client.post(reverse("rooms:create"), {**twice, "which": "first"})
    client.post(reverse("rooms:create"), {**twice, "which": "second"})
    assert [iso(room.starts_at) for room in Room.objects.order_by("pk") if room.starts_at] == [
        "2031-10-26T00:30:00.000Z",
        "2031-10-26T01:30:00.000Z",
    ]


def test_page_of_a_planned_room_follows_its_socket(client: Client, ines: User) -> None:
    room = planned(ines)
    body = client.get(reverse("rooms:room", args=[room.public_id]), headers=ENGLISH).content.decode()
    data = json.loads(re.findall(r'id="planned-data" type="application/json">(.*?)</script>', body)[0])
    assert (data["socket"], data["seq"], data["state"]["room"]["state"], data["host"]) == (
        f"/ws/rooms/{room.public_id}/",
        1,
        "scheduled",
        ines.public_id,
    )
    assert "Log in to be reminded" in body
    assert reverse("rooms:start", args=[room.public_id]) not in body


def test_page_counts_down_within_a_day_only(client: Client, ines: User) -> None:
    far, near = planned(ines, starts_at=soon(days=3)), planned(ines, starts_at=soon(hours=3))
    bodies = [client.get(reverse("rooms:room", args=[one.public_id])).content.decode() for one in (far, near)]
    assert ["data-countdown" in body for body in bodies] == [False, True]


def test_json_of_a_room_that_has_not_begun_is_gone(client: Client, ines: User) -> None:
    address = reverse("rooms:room", args=[planned(ines).public_id])
    assert client.get(address, headers={"accept": "application/json"}).status_code == 410


def test_host_opens_the_doors_starts_and_is_in_the_room(client: Client, host: User) -> None:
    room = planned(host)
    address = reverse("rooms:room", args=[room.public_id])
    response = client.post(reverse("rooms:open", args=[room.public_id]), follow=True)
    assert "The doors are open" in response.content.decode()
    response = client.post(reverse("rooms:start", args=[room.public_id]), follow=True)
    assert (response.redirect_chain, b'id="page-data"' in response.content) == ([(address, 302)], True)


def test_what_another_room_forbids_is_said_on_the_page(client: Client, host: User, room: Room) -> None:
    later = planned(host)
    response = client.post(reverse("rooms:start", args=[later.public_id]), follow=True)
    assert "You already host a room that is open." in response.content.decode()


def test_who_has_a_lobby_open_is_led_there_from_the_form(client: Client, host: User) -> None:
    room = planned(host)
    open_lobby(room.public_id, by=host)
    body = client.post(reverse("rooms:create"), answers(when="now")).content.decode()
    assert f'href="{reverse("rooms:room", args=[room.public_id])}"' in body


@pytest.mark.parametrize("name", ["open", "start", "edit", "cancel"])
def test_only_the_host_does_that(client: Client, ines: User, oliver: User, name: str) -> None:
    room = planned(ines)
    address = reverse(f"rooms:{name}", args=[room.public_id])
    response = client.post(address, {"title": "Mine", "language": "en"})
    assert (response.status_code, "login" in response.headers["Location"]) == (302, True)
    client.force_login(oliver)
    assert client.post(address, {"title": "Mine", "language": "en"}).status_code == 403
    room.refresh_from_db()
    assert (room.state, room.title) == (RoomState.SCHEDULED, "Chess, out loud")


@pytest.mark.parametrize("name", ["room", "open", "start", "remind", "edit", "cancel", "calendar"])
def test_who_is_blocked_learns_nothing(client: Client, ines: User, oliver: User, name: str) -> None:
    room = planned(ines)
    block(ines, oliver)
    client.force_login(oliver)
    address, wanted = reverse(f"rooms:{name}", args=[room.public_id]), {"wanted": "yes"}
    asked = client.get(address) if name in {"room", "calendar", "edit", "cancel"} else client.post(address, wanted)
    assert asked.status_code == 404
    assert upcoming_for(oliver) == []


def test_bell_is_switched_on_and_off_without_a_script(client: Client, ines: User, oliver: User) -> None:
    room = planned(ines)
    client.force_login(oliver)
    address = reverse("rooms:remind", args=[room.public_id])
    response = client.post(address, {"wanted": "yes", "next": "/"})
    assert (response.headers["Location"], RoomReminder.objects.count()) == ("/", 1)
    assert 'aria-pressed="true"' in client.get(reverse("rooms:room", args=[room.public_id])).content.decode()
    response = client.post(address, {"wanted": "no", "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == reverse("rooms:room", args=[room.public_id])
    assert RoomReminder.objects.count() == 0


def test_guest_who_wants_a_reminder_logs_in_first(client: Client, ines: User) -> None:
    room = planned(ines)
    response = client.post(reverse("rooms:remind", args=[room.public_id]), {"wanted": "yes"})
    assert response.headers["Location"].endswith(f"?next=/rooms/{room.public_id}/")


def test_host_moves_and_renames_the_room(client: Client, host: User) -> None:
    room = planned(host)
    address = reverse("rooms:edit", args=[room.public_id])
    assert client.get(address).status_code == 200
    client.post(address, answers(title="Go", hour="21:15"))
    room.refresh_from_db()
    assert room.starts_at is not None
    assert (room.title, f"{wall_at(room.starts_at, PARIS):%H:%M}") == ("Go", "21:15")
    response = client.post(address, answers(day="2020-01-01"))
    assert errors_in(response.content.decode()) == ["Choose a time that is still to come."]


def test_host_of_a_live_room_changes_its_words_only(client: Client, host: User, room: Room) -> None:
    address = reverse("rooms:edit", args=[room.public_id])
    assert 'name="day"' not in client.get(address).content.decode()
    client.post(address, {"title": "Another title", "description": "x", "language": "en"})
    room.refresh_from_db()
    assert (room.title, room.language) == ("Another title", "fr")


def test_host_changes_and_cancels_all_that_follow(client: Client, host: User) -> None:
    weekly(host)
    first, second, _ = Room.objects.order_by("occurrence")
    edit = reverse("rooms:edit", args=[second.public_id])
    assert 'value="following"' in client.get(edit).content.decode()
    assert second.starts_at is not None
    wall = wall_at(second.starts_at, PARIS)
    same = {"day": f"{wall:%Y-%m-%d}", "hour": f"{wall:%H:%M}", "zone": PARIS}
    client.post(edit, answers(title="Go", scope="following", **same))
    assert list(Room.objects.order_by("occurrence").values_list("title", flat=True)) == ["Chess", "Go", "Go"]
    client.post(reverse("rooms:cancel", args=[second.public_id]), {"scope": "following"})
    first.refresh_from_db()
    assert (first.state, Room.objects.filter(state=RoomState.CANCELLED).count()) == (RoomState.SCHEDULED, 2)


def test_cancelling_is_asked_first_with_how_many_wait(client: Client, host: User, oliver: User) -> None:
    room = planned(host)
    remind_me(room.public_id, by=oliver)
    address = reverse("rooms:cancel", args=[room.public_id])
    assert "One person wanted a reminder" in client.get(address).content.decode()
    room.refresh_from_db()
    assert room.state == RoomState.SCHEDULED
    client.post(address)
    body = client.get(reverse("rooms:room", args=[room.public_id])).content.decode()
    assert "The host cancelled it" in body


def test_page_of_a_room_whose_host_did_not_come_says_so(client: Client, ines: User) -> None:
    room = planned(ines)
    pass_by(days=2)
    cancel_overdue(room.public_id)
    body = client.get(reverse("rooms:room", args=[room.public_id]), headers=ENGLISH).content.decode()
    assert "The host did not come" in body


def test_lists_of_what_is_to_come(client: Client, host: User, oliver: User, yara: User) -> None:
    mine, theirs = planned(host, title="Mine"), planned(oliver, title="Theirs")
    cancel_room(planned(yara, title="Cancelled").public_id, by=yara)
    start_room(planned(yara, title="Live").public_id, by=yara)
    open_lobby(theirs.public_id, by=oliver)
    weekly(host, title="Again", starts_at=soon(days=2))
    remind_me(theirs.public_id, by=host)
    cards = [(card["title"], card["mine"], card["reminded"], card["open"]) for card in upcoming_for(host)]
    assert cards == [("Mine", True, False, False), ("Theirs", False, True, True), ("Again", True, False, False)]
    plans = client.get(reverse("rooms:planned")).content.decode()
    assert re.findall(r'dir="auto">(\w+)</a></h3>', plans) == ["Mine", "Again", "Again", "Again", "Theirs"]
    profile = client.get(reverse("accounts:profile", args=["oliver"])).content.decode()
    assert re.findall(r'dir="auto">(\w+)</a></h3>', profile) == ["Theirs"]
    assert mine.title in client.get(reverse("rooms:hallway")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_the_database_the_same_for_one_room_and_three(
    client: Client, count: int, oliver: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        remind_me(planned(person(f"host{number}")).public_id, by=oliver)
        planned(oliver)
    client.force_login(oliver)
    client.get(reverse("rooms:planned"))
    with django_assert_num_queries(8):
        client.get(reverse("rooms:planned"))
    client.logout()
    with django_assert_num_queries(4):
        client.get(reverse("rooms:hallway"))
