"""Who is connected to a room, as Redis knows it: two web processes, on real Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from config.lib import redis_clients
from config.lib.redis_clients import async_client, key
from rooms.presence import Presence, audience_of, counts_of, people_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import redis
    from pytest_django.fixtures import Settings

    from accounts.selectors.people import PersonCard
    from rooms.presence import Audience

ROOM = "r1"
NOBODY: Audience = {"people": 0, "guests": 0, "away": [], "sample": []}


def card(name: str) -> PersonCard:
    return {"id": name, "handle": name, "name": f"{name}\n“É”", "portrait": f"/static/{name}.svg"}


def crowd(number: int) -> dict[str, PersonCard]:
    """Return people whose ids sort as they are numbered."""
    return {f"p{index:04}": card(f"p{index:04}") for index in range(number)}


def die(process: Presence, redis_client: redis.Redis) -> None:
    """Let the process's lease have run out."""
    redis_client.zadd(key("processes"), {process.process: 1})


def ours(redis_client: redis.Redis) -> set[str]:
    """Return what is left of the prefix's keys."""
    prefix = f"{settings.REDIS_PREFIX}:"
    return {found.decode().removeprefix(prefix) for found in redis_client.scan_iter(f"{prefix}*")}


@pytest.fixture
async def one() -> AsyncIterator[Presence]:
    yield Presence("web-1")
    await async_client().aclose()


@pytest.fixture
def other() -> Presence:
    return Presence("web-2")


async def test_people_and_guests_are_counted(one: Presence, other: Presence) -> None:
    await one.keep(ROOM, {"a": card("a"), "b": card("b")}, 2)
    await other.keep(ROOM, {"c": card("c")}, 1)
    await other.keep("r2", {}, 7)
    assert await audience_of(ROOM, []) == {
        "people": 3,
        "guests": 3,
        "away": [],
        "sample": [card("a"), card("b"), card("c")],
    }
    assert counts_of([ROOM, "r2", "r3"]) == {
        ROOM: {"people": 3, "guests": 3},
        "r2": {"people": 0, "guests": 7},
        "r3": {"people": 0, "guests": 0},
    }
    assert counts_of([]) == {}


async def test_room_that_everybody_left_leaves_nothing_behind(one: Presence, redis_client: redis.Redis) -> None:
    await one.keep(ROOM, {"a": card("a")}, 1)
    await one.leave(ROOM, ["a", "never-here"])
    await one.keep(ROOM, {}, 0)
    await one.abandon(ROOM)
    assert await audience_of(ROOM, []) == NOBODY
    assert ours(redis_client) == {"processes"}


async def test_people_of_a_dead_process_expire(one: Presence, other: Presence, redis_client: redis.Redis) -> None:
    await one.keep(ROOM, {"a": card("a")}, 2)
    await one.keep("r2", {"a": card("a")}, 0)
    await other.keep(ROOM, {"b": card("b")}, 1)
    assert await other.sweep() == []
    die(one, redis_client)
    assert sorted(await other.sweep()) == [ROOM, "r2"]
    assert await other.sweep() == []
    assert await audience_of(ROOM, []) == {"people": 1, "guests": 1, "away": [], "sample": [card("b")]}
    assert await audience_of("r2", []) == NOBODY
    assert ours(redis_client) == {
        "processes", "process:web-2:rooms", "room:r1:people", "room:r1:cards", "room:r1:guests",
    }  # fmt: skip


async def test_lease_lasts_twelve_seconds_from_the_last_keep(one: Presence, redis_client: redis.Redis) -> None:
    def left() -> int:
        seconds, micros = redis_client.time()
        score = redis_client.zscore(key("processes"), one.process)
        assert isinstance(score, float)
        return round((score - seconds * 1000 - micros / 1000) / 1000)

    await one.keep(ROOM, {}, 0)
    assert left() == 12
    die(one, redis_client)
    await one.keep(ROOM, {}, 0)
    assert left() == 12
    assert await one.sweep() == []


async def test_retired_process_is_swept_at_once(one: Presence, other: Presence) -> None:
    await one.keep(ROOM, {"a": card("a")}, 1)
    await one.retire()
    assert await other.sweep() == [ROOM]
    assert await audience_of(ROOM, []) == NOBODY


async def test_name_that_begins_like_a_dead_one_is_another_process(one: Presence, redis_client: redis.Redis) -> None:
    longer = Presence("web-12")
    await longer.keep(ROOM, {"a": card("a")}, 0)
    await one.keep(ROOM, {"b": card("b")}, 0)
    die(one, redis_client)
    await longer.sweep()
    assert people_of(ROOM, offset=0, limit=10) == [card("a")]


@pytest.mark.parametrize("first_to_go", [0, 1])
async def test_person_of_two_processes_is_one_and_stays_when_one_leaves(
    one: Presence, other: Presence, first_to_go: int
) -> None:
    processes = [one, other]
    for process in processes:
        await process.keep(ROOM, {"a": card("a")}, 0)
    assert counts_of([ROOM]) == {ROOM: {"people": 1, "guests": 0}}
    leaving, staying = processes[first_to_go], processes[1 - first_to_go]
    await leaving.leave(ROOM, ["a"])
    await staying.keep(ROOM, {"a": card("a")}, 0)
    assert people_of(ROOM, offset=0, limit=10) == [card("a")]
    await staying.leave(ROOM, ["a"])
    assert people_of(ROOM, offset=0, limit=10) == []


async def test_only_whoever_claims_a_person_renews_the_card(one: Presence, other: Presence) -> None:
    renamed: PersonCard = {**card("a"), "name": "Renamed"}
    await one.keep(ROOM, {"a": card("a")}, 0)
    await other.keep(ROOM, {"a": renamed}, 0)
    assert people_of(ROOM, offset=0, limit=10) == [card("a")]
    await one.keep(ROOM, {"a": renamed}, 0)
    assert people_of(ROOM, offset=0, limit=10) == [renamed]
    await other.leave(ROOM, ["a"])
    assert people_of(ROOM, offset=0, limit=10) == [renamed]


async def test_one_keep_rebuilds_what_redis_lost(one: Presence, redis_client: redis.Redis) -> None:
    people = crowd(3)
    await one.keep(ROOM, people, 2)
    before = await audience_of(ROOM, ["p0001"])
    for name in ours(redis_client):
        redis_client.delete(key(name))
    assert await audience_of(ROOM, ["p0001"]) == {**NOBODY, "away": ["p0001"]}
    await one.keep(ROOM, people, 2)
    assert await audience_of(ROOM, ["p0001"]) == before
    assert await one.sweep() == []


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (59, 59), (60, 60), (61, 60)])
async def test_sample_has_at_most_sixty(one: Presence, number: int, shown: int) -> None:
    people = crowd(number)
    await one.keep(ROOM, people, 0)
    seen = await audience_of(ROOM, [])
    assert (seen["people"], seen["sample"]) == (number, list(people.values())[:shown])
    assert await audience_of(ROOM, []) == seen


@pytest.mark.parametrize(("number", "shown"), [(61, 59), (62, 60), (63, 60)])
async def test_sample_leaves_out_the_stage(one: Presence, number: int, shown: int) -> None:
    people = crowd(number)
    await one.keep(ROOM, people, 0)
    seen = await audience_of(ROOM, ["p0000", "elsewhere", "p0030"])
    others = [shown_card for person_id, shown_card in people.items() if person_id not in {"p0000", "p0030"}]
    assert seen == {"people": number, "guests": 0, "away": ["elsewhere"], "sample": others[:shown]}


async def test_sample_leads_with_who_came_first(one: Presence, redis_client: redis.Redis) -> None:
    await one.keep(ROOM, {"z": card("z")}, 0)
    redis_client.zadd(key("room", ROOM, "people"), {"z": 1})
    await one.keep(ROOM, {"a": card("a"), "z": card("z")}, 0)
    assert (await audience_of(ROOM, []))["sample"] == [card("z"), card("a")]


@pytest.mark.parametrize("number", [499, 500, 501, 1001])
async def test_many_people_are_written_in_several_calls(one: Presence, number: int) -> None:
    people = crowd(number)
    await one.keep(ROOM, people, 0)
    assert people_of(ROOM, offset=0, limit=2000) == list(people.values())
    await one.leave(ROOM, people)
    assert await audience_of(ROOM, []) == NOBODY


@pytest.mark.parametrize(
    ("offset", "limit", "found"), [(0, 2, ["p0000", "p0001"]), (2, 2, ["p0002"]), (3, 2, []), (0, 3, sorted(crowd(3)))]
)
async def test_people_are_paged(one: Presence, offset: int, limit: int, found: list[str]) -> None:
    await one.keep(ROOM, crowd(3), 0)
    assert [person["id"] for person in people_of(ROOM, offset=offset, limit=limit)] == found


def test_counts_are_zero_while_redis_is_away(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_clients.sync_client.cache_clear()
    try:
        assert counts_of([ROOM, "r2"]) == {
            ROOM: {"people": 0, "guests": 0},
            "r2": {"people": 0, "guests": 0},
        }
        assert people_of(ROOM, offset=0, limit=10) == []
    finally:
        redis_clients.sync_client.cache_clear()
