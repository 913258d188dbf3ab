"""Partners plan rooms, change them, begin and end them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.services.block import block
from rooms.enums import EntryRule, RoomState, SpeakRule, StageRole
from rooms.models import Room, RoomEvent, StageMember
from rooms.services.lifecycle import end_room
from rooms.services.planning import open_lobby, start_room
from rooms.versions import version_of
from tests.factories.rooms import RoomFactory
from tests.rooms.partner import SPACES, Partner, said
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

WORDS = {"title": "Sea and weather", "language": "en"}


@pytest.fixture
def as_ines(ines: User) -> Partner:
    return Partner(ines)


def made(answer: Any) -> Room:
    assert answer.status_code == 201, answer.content
    return Room.objects.select_related("series").get(public_id=answer.json()["id"])


def errors(answer: Any) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) in {(400, "invalid"), (422, "invalid")}
    return [(entry["field"], entry["code"]) for entry in answer.json()["errors"]]


# --- making one ---


def test_room_is_opened_at_once(as_ines: Partner, ines: User) -> None:
    room = made(as_ines.post(SPACES, WORDS))
    assert (room.host, room.state, room.title, room.starts_at) == (ines, RoomState.LIVE, "Sea and weather", None)


def test_room_is_planned_with_everything_that_a_form_asks(as_ines: Partner) -> None:
    starts_at = soon(days=2)
    answer = as_ines.post(
        SPACES,
        {
            **WORDS,
            "description": "For all who sail.",
            "entry_rule": "mutuals",
            "guests_listen": False,
            "speak_rule": "followed",
            "starts_at": starts_at.isoformat(),
        },
    )
    room = made(answer)
    assert (room.state, room.starts_at, room.entry_rule, room.guests_listen, room.speak_rule, room.description) == (
        RoomState.SCHEDULED,
        starts_at,
        EntryRule.MUTUALS,
        False,
        SpeakRule.FOLLOWED,
        "For all who sail.",
    )
    body = answer.json()
    assert (body["state"], body["starts_at"], body["started_at"], body["your_role"], body["participant_count"]) == (
        "scheduled",
        starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        None,
        "host",
        0,
    )


def test_hour_without_an_offset_is_by_the_clocks_of_the_zone(as_ines: Partner) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    room = made(as_ines.post(SPACES, {**WORDS, "starts_at": f"{day}T20:00", "zone": "Asia/Tokyo"}))
    assert room.starts_at == datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def test_offset_says_more_than_the_zone(as_ines: Partner) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    room = made(as_ines.post(SPACES, {**WORDS, "starts_at": f"{day}T20:00+02:00", "zone": "Asia/Tokyo"}))
    assert room.starts_at == datetime(day.year, day.month, day.day, 18, tzinfo=UTC)


def test_rooms_of_a_series_come_again_with_their_rules(as_ines: Partner, ines: User) -> None:
    first = soon(days=1)
    answer = as_ines.post(
        SPACES,
        {
            **WORDS,
            "starts_at": first.isoformat(),
            "zone": "Europe/Paris",
            "repeats": "weekly",
            "speak_rule": "invited",
        },
    )
    made(answer)
    assert answer.json()["series"] == {"repeats": "weekly", "zone": "Europe/Paris", "ended": False}
    rooms = Room.objects.filter(host=ines).order_by("starts_at")
    assert [(room.speak_rule, room.starts_at) for room in rooms] == [
        ("invited", first + timedelta(weeks=week)) for week in range(3)
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, [("title", "required"), ("language", "required")]),
        ({**WORDS, "titel": "x"}, [("titel", "unknown_field")]),
        ({**WORDS, "host": "x"}, [("host", "unknown_field")]),
        ({**WORDS, "starts_at": "tomorrow"}, [("starts_at", "invalid")]),
        ({**WORDS, "starts_at": "0001-01-01T00:00:00+14:00"}, [("starts_at", "invalid")]),
        ({**WORDS, "starts_at": "2026-12-01T20:00"}, [("starts_at", "no_zone")]),
        ({**WORDS, "starts_at": "2027-03-28T02:30", "zone": "Europe/Paris"}, [("starts_at", "skipped")]),
        ({**WORDS, "starts_at": "2026-10-25T02:30", "zone": "Europe/Paris"}, [("starts_at", "repeated")]),
        ({**WORDS, "zone": "Mars/Olympus"}, [("zone", "unknown_zone")]),
        ({**WORDS, "repeats": "weekly"}, [("starts_at", "required"), ("zone", "required")]),
        ({**WORDS, "entry_rule": "ticket"}, [("entry_rule", "invalid_choice")]),
        ({**WORDS, "speak_rule": "nobody"}, [("speak_rule", "invalid_choice")]),
        ({**WORDS, "starts_at": "2020-01-01T00:00Z"}, [("starts_at", "invalid")]),
        ({**WORDS, "starts_at": "2099-01-01T00:00Z"}, [("starts_at", "invalid")]),
        ([], [("non_field_errors", "invalid")]),
    ],
)
def test_room_that_cannot_be_made_says_which_field(as_ines: Partner, body: Any, found: list[tuple[str, str]]) -> None:
    assert errors(as_ines.post(SPACES, body)) == found
    assert not Room.objects.exists()


def test_guest_is_asked_to_log_in() -> None:
    assert said(Partner().post(SPACES, WORDS)) == (401, "login_required")


def test_session_needs_the_csrf_token(ines: User) -> None:
    strict = Partner(ines, enforce_csrf_checks=True)
    assert said(strict.post(SPACES, WORDS)) == (403, "csrf_failed")
    assert not Room.objects.exists()


# --- the list ---


def test_list_is_narrowed_by_language_and_time(as_ines: Partner, ines: User, malo: User) -> None:
    early, late = planned(ines, starts_at=soon(days=1)), planned(ines, starts_at=soon(days=5), language="fr")
    live = RoomFactory(host=malo, language="en")

    def listed(query: str) -> list[str]:
        return [room["id"] for room in as_ines.get(f"{SPACES}?{query}").json()["results"]]

    middle = soon(days=3).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert listed("language=fr") == [late.public_id]
    assert listed(f"starts_after={middle}") == [late.public_id]
    assert listed(f"starts_before={middle}") == [early.public_id]
    assert listed("state=live") == [live.public_id]


# --- changing one ---


def test_planned_room_is_changed_all_at_once(as_ines: Partner, ines: User) -> None:
    room, starts_at = planned(ines), soon(days=4)
    answer = as_ines.patch(
        room.public_id,
        {
            "title": "Another",
            "language": "fr",
            "starts_at": starts_at.isoformat(),
            "entry_rule": "followers",
            "speak_rule": "invited",
            "hands_locked": True,
            "stage_locked": True,
        },
    )
    assert answer.status_code == 200
    room.refresh_from_db()
    assert (room.title, room.language, room.starts_at, room.entry_rule, room.guests_listen) == (
        "Another",
        "fr",
        starts_at,
        "followers",
        False,
    )
    assert (room.speak_rule, room.hands_locked, room.stage_locked) == ("invited", True, True)
    assert answer.json()["version"] == version_of(room)


@pytest.mark.parametrize("change", [{"language": "fr"}, {"starts_at": "2026-12-01T20:00Z"}])
def test_what_people_came_for_stays_once_a_room_is_live(as_ines: Partner, room: Room, change: dict[str, str]) -> None:
    body = {"title": "Another", "language": "en"} if "language" in change else {"title": "Another", **change}
    assert said(as_ines.patch(room.public_id, body)) == (409, "room_begun")
    room.refresh_from_db()
    assert room.title == "Le tour du monde en salons"


def test_nothing_is_changed_if_one_thing_is_refused(as_ines: Partner, ines: User) -> None:
    room = planned(ines)
    before, events = version_of(room), RoomEvent.objects.filter(room=room).count()
    answer = as_ines.patch(
        room.public_id, {"speak_rule": "invited", "title": " ", "starts_at": soon(days=3).isoformat()}
    )
    assert answer.status_code in {400, 422}
    answer = as_ines.patch(room.public_id, {"hands_locked": True, "starts_at": soon(days=300).isoformat()})
    assert errors(answer) == [("starts_at", "invalid")]
    room.refresh_from_db()
    assert (version_of(room), RoomEvent.objects.filter(room=room).count()) == (before, events)


def test_room_that_is_over_is_not_changed(as_ines: Partner, ines: User, room: Room) -> None:
    end_room(room.public_id, by=ines)
    assert said(as_ines.patch(room.public_id, {"title": "Another"})) == (409, "room_ended")


def test_same_change_again_is_no_change(as_ines: Partner, room: Room) -> None:
    as_ines.patch(room.public_id, {"title": "Another", "speak_rule": "invited"})
    seq = Room.objects.get(pk=room.pk).seq
    assert as_ines.patch(room.public_id, {"title": "Another", "speak_rule": "invited"}).status_code == 200
    assert Room.objects.get(pk=room.pk).seq == seq


@pytest.mark.parametrize("by_header", [True, False])
def test_change_of_what_somebody_has_not_seen_is_refused(as_ines: Partner, room: Room, by_header: bool) -> None:
    read = as_ines.get(room.public_id)

    def send(title: str) -> Any:
        if by_header:
            return as_ines.patch(room.public_id, {"title": title}, if_match=read["ETag"])
        return as_ines.patch(room.public_id, {"title": title, "version": read.json()["version"]})

    assert send("First").status_code == 200
    late = send("Second")
    assert said(late) == (412, "version_conflict")
    room.refresh_from_db()
    assert (room.title, late.json()["version"]) == ("First", version_of(room))


def test_what_happens_on_the_stage_stands_in_no_change_s_way(as_ines: Partner, room: Room, malo: User) -> None:
    read = as_ines.get(room.public_id)
    StageMember.objects.create(room=room, user=malo, role=StageRole.SPEAKER)
    again = as_ines.get(room.public_id)
    assert again["ETag"] != read["ETag"]
    assert as_ines.patch(room.public_id, {"title": "Another"}, if_match=read["ETag"]).status_code == 200


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('"nonsense"', 412), ("", 412), ('W/"x', 412)])
def test_tags_that_are_none_of_ours(as_ines: Partner, room: Room, tag: str, status: int) -> None:
    assert as_ines.patch(room.public_id, {"title": "Another"}, if_match=tag).status_code == status


def test_unchanged_room_is_not_sent_again(as_ines: Partner, room: Room) -> None:
    first = as_ines.get(room.public_id)
    again = as_ines.get(room.public_id, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def series_of(as_ines: Partner) -> list[Room]:
    body = {**WORDS, "starts_at": soon(days=1).isoformat(), "zone": "Europe/Paris", "repeats": "weekly"}
    as_ines.post(SPACES, body)
    return list(Room.objects.order_by("starts_at"))


def test_words_and_time_of_all_that_follow_are_changed(as_ines: Partner) -> None:
    first, second, third = series_of(as_ines)
    moved = second.starts_at + timedelta(hours=1) if second.starts_at else None
    assert moved is not None
    body = {"title": "Another", "starts_at": moved.isoformat(), "zone": "Europe/Paris", "following": True}
    assert as_ines.patch(second.public_id, body).status_code == 200
    found = [(room.title, room.starts_at) for room in Room.objects.order_by("starts_at")]
    assert found == [
        ("Sea and weather", first.starts_at),
        ("Another", moved),
        ("Another", third.starts_at + timedelta(hours=1) if third.starts_at else None),
    ]


def test_of_all_that_follow_only_words_and_time_are_changed(as_ines: Partner) -> None:
    first, *_ = series_of(as_ines)
    wrong = as_ines.patch(first.public_id, {"entry_rule": "followers", "following": True})
    assert errors(wrong) == [("entry_rule", "invalid")]
    zone = as_ines.patch(first.public_id, {"starts_at": soon(days=2).isoformat(), "following": True})
    assert errors(zone) == [("zone", "invalid")]
    late = as_ines.patch(first.public_id, {"title": "Another", "following": True, "version": "0" * 16})
    assert said(late) == (412, "version_conflict")
    assert set(Room.objects.values_list("title", flat=True)) == {"Sea and weather"}


def test_room_of_no_series_has_none_that_follow(as_ines: Partner, ines: User) -> None:
    room = planned(ines)
    assert said(as_ines.patch(room.public_id, {"title": "Another", "following": True})) == (404, "not_found")


# --- beginning and ending ---


def test_room_from_its_plan_to_its_end(as_ines: Partner, ines: User) -> None:
    room = planned(ines)
    states = []
    for step in ("open", "open", "start", "start", "end", "end"):
        answer = as_ines.post(f"{room.public_id}/{step}")
        states.append((answer.status_code, answer.json()["state"]))
    assert states == [(200, state) for state in ("open", "open", "live", "live", "ended", "ended")]


def test_room_is_cancelled_as_often_as_one_likes(as_ines: Partner, ines: User) -> None:
    room = planned(ines)
    answers = [as_ines.post(f"{room.public_id}/cancel") for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "cancelled")] * 2


def test_series_is_cancelled_from_one_room_on(as_ines: Partner) -> None:
    first, second, _third = series_of(as_ines)
    answer = as_ines.post(f"{second.public_id}/cancel", {"following": True})
    assert (answer.json()["state"], answer.json()["series"]["ended"]) == ("cancelled", True)
    states = Room.objects.order_by("starts_at").values_list("public_id", "state")
    assert [state for _, state in states] == ["scheduled", "cancelled", "cancelled"]
    assert states[0][0] == first.public_id


@pytest.mark.parametrize(
    ("state", "step", "code"),
    [
        ("live", "cancel", "room_begun"),
        ("scheduled", "end", "room_not_live"),
        ("cancelled", "start", "room_ended"),
        ("ended", "open", "room_ended"),
    ],
)
def test_step_that_the_state_does_not_allow(as_ines: Partner, ines: User, state: str, step: str, code: str) -> None:
    room = planned(ines)
    for before in {"live": ["start"], "cancelled": ["cancel"], "ended": ["start", "end"]}.get(state, []):
        as_ines.post(f"{room.public_id}/{before}")
    assert said(as_ines.post(f"{room.public_id}/{step}")) == (409, code)


def test_second_open_room_is_one_too_many(as_ines: Partner, ines: User) -> None:
    one, other = planned(ines), planned(ines)
    start_room(one.public_id, by=ines)
    assert said(as_ines.post(f"{other.public_id}/open")) == (409, "too_many_rooms")
    assert said(as_ines.post(SPACES, WORDS)) == (409, "too_many_rooms")


def test_room_of_somebody_with_a_block_does_not_exist(ines: User, malo: User) -> None:
    room = planned(ines)
    open_lobby(room.public_id, by=ines)
    block(ines, malo)
    partner = Partner(malo)
    calls = {"": "get", "/participants": "get", "/hands": "get", "/start": "post", "/mute": "post", "/offer": "delete"}
    found = {path: said(getattr(partner, method)(f"{room.public_id}{path}"))[1] for path, method in calls.items()}
    assert found == dict.fromkeys(calls, "not_found")
