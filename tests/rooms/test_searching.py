"""Search: what is found by which words, by whom, and how often one may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Block
from config.lib.folding import fold, search_terms
from media.enums import RecordingState
from media.models import Recording
from rooms.enums import EntryRule
from rooms.models import Room
from rooms.searching import QUERY_MAX_LENGTH, found_coming, found_live, found_replays, terms_of
from rooms.services.lifecycle import end_room
from tests.factories.people import person
from tests.factories.rooms import RoomFactory
from tests.factories.topics import topic
from tests.rooms.planned import planned

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db


def titles(query: str, user: User | None = None) -> set[str]:
    return {card["title"] for card in found_live(user, terms_of(query), start=0, most=50)}


def test_words_are_folded_the_same_everywhere() -> None:
    assert fold("L’Été à Łódź, Œuvre_grasse") == "l ete a lodz, oeuvre grasse"
    assert fold("Cafe\u0301") == "cafe"
    assert search_terms("Café CAFE l’eau — !", most=6) == ["cafe", "l", "eau"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cafe", True),
        ("CAFÉ", True),
        ("caf", True),
        ("lumiere", True),
        ("café lumières", True),
        ("fé", False),
        ("café zinc", False),
        ("oliver", True),
        ("hart café", True),
        ("musique", True),
        ("music café", True),
        ("'; DROP", False),
        ("!!!", False),
        ("a:* | b", False),
    ],
)
def test_room_is_found_by_words_host_and_topic(oliver: User, query: str, *, found: bool) -> None:
    topic("music", french="Musique")
    RoomFactory.create(
        host=oliver, title="Le Café du coin", description="Des lumières la nuit", language="fr", topics=["music"]
    )
    RoomFactory.create(title="Something else")
    assert titles(query) == ({"Le Café du coin"} if found else set())


@pytest.mark.postgres
def test_other_forms_of_a_word_are_found_on_postgresql() -> None:
    RoomFactory.create(title="Les jardiniers parlent", language="fr")
    RoomFactory.create(title="Gardening for beginners", language="en")
    assert (titles("jardinier"), titles("gardens")) == ({"Les jardiniers parlent"}, {"Gardening for beginners"})


def test_nothing_of_rooms_that_one_may_not_enter_is_found(oliver: User, yara: User, malo: User) -> None:
    RoomFactory.create(host=yara, title="Secret word one")
    Block.objects.create(blocker=oliver, blocked=yara)
    RoomFactory.create(host=malo, title="Secret word two", entry_rule=EntryRule.INVITED)
    assert (titles("secret", oliver), titles("secret")) == (set(), {"Secret word one"})
    assert titles("secret", malo) == {"Secret word one", "Secret word two"}


def test_planned_rooms_and_replays_are_found(oliver: User, yara: User) -> None:
    planned(oliver, title="Sea and wind")
    over = RoomFactory.create(host=yara, title="Wind in the sails")
    end_room(over.public_id, by=yara)
    terms = terms_of("wind")
    assert [card["title"] for card in found_coming(None, terms, start=0, most=5)] == ["Sea and wind"]
    assert found_replays(None, terms, start=0, most=5) == []
    room = Room.objects.get(pk=over.pk)
    Recording.objects.create(
        room_key=room.public_id, state=RecordingState.READY, started_by=yara, started_at=room.created_at,
        stopped_at=room.ended_at, progress=100, file="replay.ogg", duration_ms=1000, size=1,
    )  # fmt: skip
    assert [card["title"] for card in found_replays(None, terms, start=0, most=5)] == ["Wind in the sails"]


def page(client: Client, **query: Any) -> str:
    return client.get("/search/", query).text


def test_people_are_found_by_handle_and_name_never_by_address(client: Client, ines: User, oliver: User) -> None:
    client.force_login(oliver)
    assert ["@ines" in page(client, q=query) for query in ("ines", "INÈS", "moreau", "mor ine")] == [True] * 4
    assert ["@ines" in page(client, q=query) for query in ("example", ines.email, "ores")] == [False] * 3
    assert ines.email not in page(client, q="ines")


@pytest.mark.parametrize("gone", ["blocked", "blocker", "closed"])
def test_people_who_are_hidden_or_gone_are_not_found(client: Client, ines: User, oliver: User, gone: str) -> None:
    client.force_login(oliver)
    if gone == "closed":
        ines.is_active = False
        ines.save()
    else:
        pair = (oliver, ines) if gone == "blocked" else (ines, oliver)
        Block.objects.create(blocker=pair[0], blocked=pair[1])
    assert "@ines" not in page(client, q="ines")


def test_page_says_what_is_wrong(client: Client) -> None:
    topic("sea", "Sea")
    assert "/topics/sea/" in page(client)
    assert "Nothing is called “zzz”" in page(client, q="zzz")
    answers = [client.get("/search/", {"q": "x" * length}) for length in (QUERY_MAX_LENGTH, QUERY_MAX_LENGTH + 1)]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert client.get("/search/", {"q": "ab", "page": "99999", "in": "nothing"}).status_code == 200
    assert client.get("/search/", {"q": "a\0b"}).status_code == 400
    assert "no-store" in answers[0]["Cache-Control"]


def test_only_so_many_searches_a_minute(client: Client, settings: Any, oliver: User) -> None:
    settings.ROOM_SEARCHES_PER_MINUTE = 2
    assert [client.get("/search/", {"q": "sea"}).status_code for _ in range(3)] == [200, 200, 429]
    # Nothing is asked of the database for an empty page, and whoever logs in is counted by themselves.
    assert client.get("/search/").status_code == 200
    client.force_login(oliver)
    assert client.get("/search/", {"q": "sea"}).status_code == 200


def test_section_is_shown_a_page_at_a_time(client: Client, settings: Any) -> None:
    settings.ROOM_SEARCH_RESULTS = 2
    for number in range(3):
        RoomFactory.create(title=f"Sea {number}")
    first, second = page(client, q="sea", **{"in": "live"}), page(client, q="sea", page="2", **{"in": "live"})
    assert [first.count('<li class="room-card'), second.count('<li class="room-card')] == [2, 1]
    assert ("page=2" in first, "page=3" in second) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_search_asks_the_database_the_same_for_one_result_and_three(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        RoomFactory.create(title=f"Sea {number}", host=person(f"sea{number}"))
    # Topics; rooms, stage, its people, topics of the rooms; rooms to come; replays; people.
    with django_assert_num_queries(8):
        client.get("/search/", {"q": "sea"})
