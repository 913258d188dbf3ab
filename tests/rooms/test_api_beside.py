"""Partners find rooms by words and topics, use what stands beside a stage, and read figures."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.settings import api_settings

from accounts.services.block import block
from rooms.models import ChatMessage, Report, Room, RoomEvent, Topic
from rooms.services.board import put_note
from rooms.services.chat import say
from rooms.versions import version_of
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory
from tests.factories.topics import topic
from tests.rooms.partner import SPACES, Partner, said
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

TOPICS = "/api/v1/topics"
WORDS = {"title": "Sea and weather", "language": "en"}


@pytest.fixture(autouse=True)
def topics() -> None:
    for slug in ("sea", "music", "cinema", "sport"):
        topic(slug, french=f"{slug.capitalize()} (fr)")


@pytest.fixture
def as_ines(ines: User) -> Partner:
    return Partner(ines)


def put_away(slug: str) -> None:
    Topic.objects.filter(slug=slug).update(is_offered=False)


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(entry["field"], entry["code"]) for entry in answer.json()["errors"]]


def listed(partner: Partner, query: str) -> list[str]:
    return [room["id"] for room in partner.get(f"{SPACES}?{query}").json()["results"]]


# --- topics ---


def test_topics_are_listed_in_the_language_that_is_asked_for() -> None:
    put_away("cinema")
    found = Partner().get(f"{TOPICS}?limit=100", accept_language="fr").json()["results"]
    names = {one["slug"]: one["name"] for one in found}
    assert (names["sea"], names["music"]) == ("Sea (fr)", "Music (fr)")
    assert "cinema" not in names
    first = Partner().get(f"{TOPICS}?limit=2", accept_language="fr").json()
    assert first["results"] == found[:2]
    assert Partner().get(first["next"], accept_language="fr").json()["results"] == found[2:4]


def test_room_has_its_topics_in_their_order(as_ines: Partner) -> None:
    made = as_ines.post(SPACES, {**WORDS, "topics": ["sea", "music", "cinema"]})
    assert (made.status_code, made.json()["topics"]) == (201, ["sea", "music", "cinema"])
    assert as_ines.get(made.json()["id"]).json()["topics"] == ["sea", "music", "cinema"]


@pytest.mark.parametrize("wanted", [["sea", "music", "cinema", "sport"], ["nothing"], ["Sea!"], "sea"])
def test_topics_that_cannot_be_are_named(as_ines: Partner, wanted: Any) -> None:
    answer = as_ines.post(SPACES, {**WORDS, "topics": wanted})
    assert {field.split(".")[0] for field, _ in errors(answer)} == {"topics"}
    assert not Room.objects.exists()


def test_topics_are_changed_with_the_words_or_alone(as_ines: Partner, ines: User) -> None:
    room = planned(ines, topics=["sea"])
    before = version_of(room)
    answer = as_ines.patch(room.public_id, {"topics": ["music", "sea"], "version": before})
    assert (answer.status_code, answer.json()["topics"]) == (200, ["music", "sea"])
    assert answer.json()["version"] == version_of(room) != before
    assert as_ines.patch(room.public_id, {"title": "Another"}).json()["topics"] == ["music", "sea"]
    assert as_ines.patch(room.public_id, {"topics": []}).json()["topics"] == []


def test_topic_that_is_put_away_is_kept_but_not_chosen(as_ines: Partner, ines: User) -> None:
    had, other = planned(ines, topics=["sea"]), planned(ines)
    put_away("sea")
    assert as_ines.patch(had.public_id, {"topics": ["sea", "music"]}).json()["topics"] == ["sea", "music"]
    assert errors(as_ines.patch(other.public_id, {"topics": ["sea"]})) == [("topics", "invalid")]


def test_topics_of_all_that_follow_are_changed(as_ines: Partner) -> None:
    body = {**WORDS, "topics": ["sea"], "starts_at": soon(days=1).isoformat(), "zone": "UTC", "repeats": "weekly"}
    as_ines.post(SPACES, body)
    put_away("music")
    _first, second, third = [room["id"] for room in as_ines.get(SPACES).json()["results"]][::-1]
    refused = as_ines.patch(second, {"topics": ["music"], "following": True})
    assert errors(refused) == [("topics", "invalid")]
    assert as_ines.patch(second, {"topics": ["sport"], "following": True}).status_code == 200
    assert [room["topics"] for room in as_ines.get(SPACES).json()["results"]] == [["sport"], ["sport"], ["sea"]]
    assert as_ines.get(third).json()["title"] == "Sea and weather"


def test_list_is_narrowed_by_topic(as_ines: Partner, ines: User, malo: User) -> None:
    sea, _other = planned(ines, topics=["music", "sea"]), planned(malo, topics=["music"])
    assert listed(as_ines, "topic=sea") == [sea.public_id]
    assert listed(as_ines, "topic=nothing") == []


def test_query_count_does_not_grow_with_rooms_and_topics(ines: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert Partner().get(f"{SPACES}?q=chess").status_code == 200
        return len(queries)

    planned(ines, topics=["sea"])
    alone = count()
    for _ in range(2):
        planned(ines, topics=["sea", "music", "cinema"])
    assert count() == alone


# --- search ---


def test_rooms_are_found_by_words_host_and_topic_in_pages(as_ines: Partner, ines: User, malo: User) -> None:
    chess = [planned(ines).public_id for _ in range(3)]
    sea = planned(malo, title="Low tide", topics=["sea"])
    first = as_ines.get(f"{SPACES}?q=chess&limit=2").json()
    rest = as_ines.get(first["next"]).json()
    assert [room["id"] for room in first["results"] + rest["results"]] == chess[::-1]
    assert rest["next"] is None
    assert listed(as_ines, "q=sea") == [sea.public_id]
    assert listed(as_ines, "q=malo%20tid") == [sea.public_id]
    assert listed(as_ines, "q=!!!") == []
    assert listed(as_ines, "q=chess&state=live") == []


def test_search_has_its_limits(as_ines: Partner, settings: Any) -> None:
    assert as_ines.get(f"{SPACES}?q={'x' * 100}").status_code == 200
    assert errors(as_ines.get(f"{SPACES}?q={'x' * 101}")) == [("q", "max_length")]
    settings.ROOM_SEARCHES_PER_MINUTE = 0
    refused = as_ines.get(f"{SPACES}?q=sea")
    assert said(refused) == (429, "too_many_requests")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert as_ines.get(SPACES).status_code == 200


def test_writing_has_a_limit_of_its_own(as_ines: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "write", "3/min")
    # Rows' numbers come again in the next test run, hence a moment that does not.
    moment = 1_800_000_000.0 + 60 * secrets.randbelow(10**9)
    monkeypatch.setattr("config.lib.throttles.time.time", lambda: moment)
    assert [as_ines.get(SPACES).status_code for _ in range(4)] == [200] * 4
    assert [as_ines.post(SPACES, {}).status_code for _ in range(4)] == [400, 400, 400, 429]
    # Whoever may write no more still reads.
    assert as_ines.get(SPACES).status_code == 200


def test_search_finds_nothing_that_one_may_not_enter(ines: User, malo: User) -> None:
    planned(ines, entry_rule="invited")
    assert listed(Partner(malo), "q=chess") == []
    assert len(listed(Partner(ines), "q=chess")) == 1


# --- chat ---


def test_chat_is_opened_and_slowed_in_one_change(as_ines: Partner, room: Room) -> None:
    events = RoomEvent.objects.filter(room=room).count()
    answer = as_ines.patch(room.public_id, {"chat_open": False, "chat_slow": 30})
    assert (answer.json()["chat_open"], answer.json()["chat_slow"]) == (False, 30)
    assert RoomEvent.objects.filter(room=room).count() == events + 1
    assert errors(as_ines.patch(room.public_id, {"chat_slow": 7})) == [("chat_slow", "invalid_choice")]
    refused = as_ines.patch(room.public_id, {"chat_open": True, "language": "en" if room.language == "fr" else "fr"})
    assert said(refused) == (409, "room_begun")
    assert as_ines.get(room.public_id).json()["chat_open"] is False


def test_messages_come_newest_first_in_pages(as_ines: Partner, room: Room, malo: User) -> None:
    for number in range(3):
        say(room.public_id, by=malo, text=f"Message {number}", key=str(number))
    first = as_ines.get(f"{room.public_id}/chat?limit=2").json()
    say(room.public_id, by=malo, text="Another", key="another")
    rest = as_ines.get(first["next"]).json()
    texts = [message["text"] for message in first["results"] + rest["results"]]
    assert (texts, rest["next_cursor"]) == (["Message 2", "Message 1", "Message 0"], None)


def test_message_is_said_once_and_removed(as_ines: Partner, room: Room) -> None:
    body = {"text": "Bonsoir", "key": "k"}
    first, again = (as_ines.post(f"{room.public_id}/chat", body) for _ in range(2))
    assert (first.status_code, first.json()["text"], first.json()) == (201, "Bonsoir", again.json())
    assert as_ines.delete(f"{room.public_id}/chat/{first.json()['id']}").status_code == 204
    (message,) = as_ines.get(f"{room.public_id}/chat").json()["results"]
    assert (message["text"], message["removed"]) == ("", True)


def test_message_without_a_key_is_another_one(as_ines: Partner, room: Room) -> None:
    for _ in range(2):
        as_ines.post(f"{room.public_id}/chat", {"text": "Bonsoir"})
    assert ChatMessage.objects.filter(room=room).count() == 2


def test_messages_of_whom_one_has_blocked_are_not_listed(room: Room, malo: User, oliver: User) -> None:
    say(room.public_id, by=malo, text="Hello", key="k")
    block(oliver, malo)
    assert Partner(oliver).get(f"{room.public_id}/chat").json()["results"] == []
    assert len(Partner().get(f"{room.public_id}/chat").json()["results"]) == 1


def test_message_is_reported_also_from_outside(room: Room, malo: User, oliver: User) -> None:
    message = say(room.public_id, by=malo, text="Hello", key="k")
    Room.objects.filter(pk=room.pk).update(entry_rule="invited", guests_listen=False)
    partner, body = Partner(oliver), {"category": "spam", "note": "Adverts"}
    assert said(partner.get(f"{room.public_id}/chat")) == (403, "entry_refused")
    assert partner.post(f"{room.public_id}/chat/{message}/report", body).status_code == 204
    found = Report.objects.get()
    assert (found.reporter, found.person, found.target, found.category, found.note) == (
        oliver,
        malo,
        message,
        "spam",
        "Adverts",
    )


# --- the board ---


def test_board_from_first_note_to_the_last(as_ines: Partner, room: Room) -> None:
    made = as_ines.post(f"{room.public_id}/board", {"text": "Tides"})
    again = as_ines.post(f"{room.public_id}/board", {"text": "Tides"})
    link = as_ines.post(f"{room.public_id}/board", {"url": "https://example.org/"})
    assert (made.status_code, made.json()["kind"], again.json(), link.json()["state"]) == (
        201,
        "note",
        made.json(),
        "loading",
    )
    note_id, link_id = made.json()["id"], link.json()["id"]

    def board() -> list[tuple[str, bool]]:
        return [(item["id"], item["pinned"]) for item in as_ines.get(f"{room.public_id}/board").json()["results"]]

    assert as_ines.put(f"{room.public_id}/board/pin", {"item": link_id}).status_code == 204
    assert board() == [(note_id, False), (link_id, True)]
    assert as_ines.delete(f"{room.public_id}/board/pin").status_code == 204
    assert as_ines.delete(f"{room.public_id}/board/{note_id}").status_code == 204
    assert board() == [(link_id, False)]
    assert as_ines.post(f"{room.public_id}/board/{note_id}/restore").status_code == 204
    assert board() == [(note_id, False), (link_id, False)]


@pytest.mark.parametrize("body", [{}, {"text": "Tides", "url": "https://example.org"}])
def test_board_takes_a_link_or_a_note(as_ines: Partner, room: Room, body: dict[str, str]) -> None:
    assert errors(as_ines.post(f"{room.public_id}/board", body)) == [("non_field_errors", "one_of")]


def test_board_is_read_in_pages_by_whoever_may_enter(as_ines: Partner, room: Room, ines: User, malo: User) -> None:
    ids = [put_note(room.public_id, by=ines, text=f"Note {number}") for number in range(3)]
    first = Partner(malo).get(f"{room.public_id}/board?limit=2").json()
    rest = Partner(malo).get(first["next"]).json()
    assert [item["id"] for item in first["results"] + rest["results"]] == ids
    as_ines.patch(room.public_id, {"entry_rule": "invited"})
    assert said(Partner(malo).get(f"{room.public_id}/board")) == (403, "entry_refused")


# --- figures ---


def test_figures_are_the_host_s(as_ines: Partner, room: Room, malo: User) -> None:
    answer = as_ines.get(f"{room.public_id}/stats")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    body = answer.json()
    assert (body["people"], body["peak"], body["speakers"], body["replays"]["days"]) == (0, None, [], [])
    assert len(body["minutes"]) in {1, 2}
    assert said(Partner(malo).get(f"{room.public_id}/stats")) == (403, "forbidden")


def test_room_that_never_began_has_no_figures(as_ines: Partner, ines: User) -> None:
    assert said(as_ines.get(f"{planned(ines).public_id}/stats")) == (404, "not_found")


def test_key_of_somebody_else_reads_no_figures() -> None:
    room: Room = RoomFactory()
    assert said(Partner(UserFactory.create()).get(f"{room.public_id}/stats")) == (403, "forbidden")
    assert said(Partner().get(f"{room.public_id}/stats")) == (401, "login_required")
