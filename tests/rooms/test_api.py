"""The partners' API for rooms."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.settings import api_settings

from accounts.models import User
from config.lib.paging import BadCursorError, Position
from rooms.enums import RoomState
from rooms.models import Room, StageMember
from rooms.services.lifecycle import end_room, open_room
from rooms.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
LIST = "/api/v1/spaces"


@pytest.fixture
def partner() -> Client:
    """Return a client at an address of its own: throttles count by address, for all tests together."""
    return Client(REMOTE_ADDR=".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))]))


@pytest.fixture
def maiwenn() -> User:
    return User.objects.create_user("Maiwenn", "maiwenn@example.org", display_name="Maïwenn Le Goff")


@pytest.fixture
def yann() -> User:
    return User.objects.create_user("yann", "yann@example.org")


@pytest.fixture
def make_rooms(maiwenn: User) -> Callable[[int], list[Room]]:
    """Return ended rooms, newest first, the later two of any three opened in the same moment."""

    def make(number: int) -> list[Room]:
        moments = [START + timedelta(minutes=(index + 1) // 3) for index in range(number)]
        rooms = [
            Room(host=maiwenn, title=f"Room {index}", language="en", state=RoomState.ENDED, created_at=at, ended_at=at)
            for index, at in enumerate(moments)
        ]
        return list(reversed(Room.objects.bulk_create(rooms)))

    return make


def get(client: Client, path: str, **query: Any) -> Any:
    return client.get(path, query).json()


def ids(body: dict[str, Any]) -> list[str]:
    return [space["id"] for space in body["results"]]


def test_list_has_each_field(partner: Client, maiwenn: User) -> None:
    room = open_room(maiwenn, title="Sea and weather", description="For all who sail.", language="fr")
    assert get(partner, LIST) == {
        "results": [
            {
                "id": room.public_id,
                "title": "Sea and weather",
                "description": "For all who sail.",
                "language": "fr",
                "topics": [],
                "state": "live",
                "host": {"id": maiwenn.public_id, "handle": "Maiwenn", "name": "Maïwenn Le Goff"},
                "starts_at": None,
                "started_at": room.created_at.isoformat().replace("+00:00", "Z"),
                "ended_at": None,
                "entry_rule": "everyone",
                "guests_listen": True,
                "speak_rule": "everyone",
                "hands_locked": False,
                "stage_locked": False,
                "chat_open": True,
                "chat_slow": 0,
                "series": None,
                "version": version_of(room),
                "participant_count": 0,
                "url": f"http://testserver/rooms/{room.public_id}/",
            }
        ],
        "next_cursor": None,
        "next": None,
    }


def test_lookup_has_the_stage_too(partner: Client, maiwenn: User, yann: User) -> None:
    room = open_room(maiwenn, title="Sea and weather", language="fr")
    StageMember.objects.create(room=room, user=yann, role="speaker", muted=False)
    body = get(partner, f"{LIST}/{room.public_id}")
    assert body.pop("speakers") == [
        {"id": maiwenn.public_id, "handle": "Maiwenn", "name": "Maïwenn Le Goff", "role": "host", "muted": True},
        {"id": yann.public_id, "handle": "yann", "name": "yann", "role": "speaker", "muted": False},
    ]
    assert body.pop("your_role") == "guest"
    assert body == get(partner, LIST)["results"][0]


def test_participants_are_people_and_guests(partner: Client, maiwenn: User, monkeypatch: pytest.MonkeyPatch) -> None:
    room = open_room(maiwenn, title="Sea and weather", language="fr")
    monkeypatch.setattr("rooms.presence.counts_of", lambda found: {name: {"people": 12, "guests": 3} for name in found})
    assert get(partner, LIST)["results"][0]["participant_count"] == 15
    assert get(partner, f"{LIST}/{room.public_id}")["participant_count"] == 15


def test_filters(partner: Client, maiwenn: User, yann: User) -> None:
    over = open_room(maiwenn, title="Over", language="en")
    end_room(over.public_id, by=maiwenn)
    live = open_room(maiwenn, title="Live", language="en")
    other = open_room(yann, title="Other", language="en")

    assert ids(get(partner, LIST)) == [other.public_id, live.public_id, over.public_id]
    assert ids(get(partner, LIST, state="live")) == [other.public_id, live.public_id]
    assert ids(get(partner, LIST, state="ended")) == [over.public_id]
    assert ids(get(partner, LIST, host="MAIWENN")) == [live.public_id, over.public_id]
    assert ids(get(partner, LIST, host="maiwenn", state="live")) == [live.public_id]
    assert ids(get(partner, LIST, host="nobody")) == []


def problem(instance: str, status: int, title: str, code: str, detail: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": instance,
        **more,
    }


INVALID = "Something in what was sent is not right."


@pytest.mark.parametrize(
    ("query", "field", "code", "detail"),
    [
        (
            {"state": "paused"},
            "state",
            "invalid_choice",
            "That is not a state. Use one of: scheduled, open, live, ended, cancelled.",
        ),
        (
            {"state": "LIVE"},
            "state",
            "invalid_choice",
            "That is not a state. Use one of: scheduled, open, live, ended, cancelled.",
        ),
        ({"host": "x" * 31}, "host", "max_length", "Ensure this field has no more than 30 characters."),
        ({"limit": "0"}, "limit", "invalid", "Must be a whole number from 1 to 100."),
        ({"limit": "101"}, "limit", "invalid", "Must be a whole number from 1 to 100."),
        ({"limit": "-1"}, "limit", "invalid", "Must be a whole number from 1 to 100."),
        ({"limit": "1e1"}, "limit", "invalid", "Must be a whole number from 1 to 100."),
        ({"limit": "9" * 5000}, "limit", "invalid", "Must be a whole number from 1 to 100."),
        (
            {"cursor": "nonsense"},
            "cursor",
            "bad_cursor",
            "This cursor did not come from this list. Leave it out to start at the beginning.",
        ),
    ],
)
def test_query_that_cannot_be(partner: Client, query: dict[str, str], field: str, code: str, detail: str) -> None:
    response = partner.get(LIST, query)
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == problem(
        LIST, 400, "Bad Request", "invalid", INVALID, errors=[{"field": field, "detail": detail, "code": code}]
    )


@pytest.mark.parametrize("name", ["nowhere", "1" * 13, "1" * 15, "00000000000000", "a%00b", "%F0%9F%8E%A7"])
def test_lookup_of_nothing(partner: Client, name: str) -> None:
    response = partner.get(f"{LIST}/{name}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "not_found"


def test_lookup_of_an_unknown_room(partner: Client) -> None:
    path = f"{LIST}/{'z' * 14}"
    text = "There is nothing here. The link may be wrong, or what it led to is gone."
    assert get(partner, path) == problem(path, 404, "Not Found", "not_found", text)


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 7), (2, [2, 2, 2, 1]), (6, [6, 1]), (7, [7]), (100, [7])])
def test_pages_hold_each_room_once(
    partner: Client, make_rooms: Callable[[int], list[Room]], limit: int, sizes: list[int]
) -> None:
    rooms = make_rooms(7)
    pages = [get(partner, LIST, limit=limit)]
    while pages[-1]["next"] is not None:
        pages.append(partner.get(pages[-1]["next"]).json())
        assert len(pages) <= 7
    assert [len(page["results"]) for page in pages] == sizes
    assert [found for page in pages for found in ids(page)] == [room.public_id for room in rooms]


def test_pages_are_not_moved_by_a_new_room(
    partner: Client, maiwenn: User, make_rooms: Callable[[int], list[Room]]
) -> None:
    rooms = make_rooms(4)
    first = get(partner, LIST, limit=2)
    open_room(maiwenn, title="New", language="en")
    second = get(partner, LIST, limit=2, cursor=first["next_cursor"])
    assert ids(first) + ids(second) == [room.public_id for room in rooms]


def test_pages_keep_the_filters(partner: Client, make_rooms: Callable[[int], list[Room]], yann: User) -> None:
    make_rooms(3)
    open_room(yann, title="Live", language="en")
    first = get(partner, LIST, limit=2, state="ended")
    assert [room["state"] for room in partner.get(first["next"]).json()["results"]] == ["ended"]


def test_page_has_20_unless_asked(partner: Client, make_rooms: Callable[[int], list[Room]]) -> None:
    make_rooms(21)
    assert len(get(partner, LIST)["results"]) == 20


def test_position_comes_back_from_its_cursor() -> None:
    position = Position(START, 2**63 - 1)
    assert Position.decode(position.encode()) == position


@pytest.mark.parametrize(
    "plain",
    [
        "",
        "x",
        "2026-11-20T20:00:00+00:00",
        "2026-11-20T20:00:00 1",
        f"{START.isoformat()} -1",
        f"{START.isoformat()} x",
        f"{START.isoformat()} {2**63}",
        f"{START.isoformat()} 1 2",
        f"{START.isoformat()} {'9' * 5000}",
        "é 1",
    ],
)
def test_position_from_a_forged_cursor(plain: str) -> None:
    with pytest.raises(BadCursorError):
        Position.decode(base64.urlsafe_b64encode(plain.encode()).decode())


@pytest.mark.parametrize("path", [LIST, "lookup"])
def test_query_count_does_not_grow(
    partner: Client, maiwenn: User, make_rooms: Callable[[int], list[Room]], path: str
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert partner.get(path if path == LIST else f"{LIST}/{room.public_id}").status_code == 200
        return len(queries)

    room = open_room(maiwenn, title="Sea and weather", language="fr")
    alone = count()
    make_rooms(2)
    for name in ("one", "two"):
        StageMember.objects.create(
            room=room, user=User.objects.create_user(name, f"{name}@example.org"), role="speaker"
        )
    assert count() == alone


def test_unchanged_list_is_not_sent_again(partner: Client, maiwenn: User) -> None:
    open_room(maiwenn, title="Sea and weather", language="fr")
    first = partner.get(LIST)
    again = partner.get(LIST, headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert set(first["Cache-Control"].split(", ")) == {"private", "no-cache"}


def test_list_with_redis_down(partner: Client, maiwenn: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.lib import redis_clients

    open_room(maiwenn, title="Sea and weather", language="fr")
    nowhere = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    settings.REDIS_URL = nowhere
    redis_clients.sync_client.cache_clear()
    try:
        response = partner.get(LIST)
    finally:
        redis_clients.sync_client.cache_clear()
    assert response.status_code == 200
    assert [space["participant_count"] for space in response.json()["results"]] == [0]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_list_is_neither_replaced_nor_removed(partner: Client, method: str) -> None:
    response = getattr(partner, method)(LIST)
    text = "That cannot be done at this address."
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    assert response.json() == problem(LIST, 405, "Method Not Allowed", "method_not_allowed", text)


def test_list_is_json_only(partner: Client) -> None:
    response = partner.get(LIST, headers={"accept": "text/csv"})
    text = "This address answers in JSON only."
    assert response.status_code == 406
    assert response.json() == problem(LIST, 406, "Not Acceptable", "not_acceptable", text)


def test_problem_is_in_the_language_of_the_request(partner: Client) -> None:
    english = partner.get(f"{LIST}/nowhere", headers={"accept-language": "en"})
    french = partner.get(f"{LIST}/nowhere", headers={"accept-language": "fr"})
    assert (english.json()["code"], english["Content-Language"]) == ("not_found", "en")
    assert (french.json()["code"], french["Content-Language"]) == ("not_found", "fr")


def limited(monkeypatch: pytest.MonkeyPatch, scope: str, at: float) -> None:
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, scope, "3/min")
    monkeypatch.setattr("config.lib.throttles.time.time", lambda: at)


def test_throttle_at_and_above_its_limit(partner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, "anon", 1_800_000_015.5)
    answers = [partner.get(LIST) for _ in range(4)]
    headers = [
        (a.status_code, a["X-RateLimit-Limit"], a["X-RateLimit-Remaining"], a["X-RateLimit-Reset"]) for a in answers
    ]
    assert headers == [(200, "3", "2", "45"), (200, "3", "1", "45"), (200, "3", "0", "45"), (429, "3", "0", "45")]
    assert answers[3]["Retry-After"] == "45"
    text = "That was too often. Wait a moment and try again."
    assert answers[3].json() == problem(LIST, 429, "Too Many Requests", "too_many_requests", text)

    limited(monkeypatch, "anon", 1_800_000_060.0)
    assert partner.get(LIST).status_code == 200


def test_throttle_counts_each_person_by_themselves(
    partner: Client, maiwenn: User, yann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows' numbers come again in the next test run, hence a moment that does not.
    limited(monkeypatch, "user", 1_800_000_000.0 + 60 * secrets.randbelow(10**9))
    partner.force_login(maiwenn)
    assert [partner.get(LIST).status_code for _ in range(4)] == [200, 200, 200, 429]
    partner.force_login(yann)
    assert partner.get(LIST).status_code == 200
