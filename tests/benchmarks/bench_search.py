"""How long a search takes among 200,000 rooms on PostgreSQL: `make bench-search`; the last line is JSON.

Each figure is a page of the search view's four sections together, as somebody without an account and as one who follows
and blocks people, for words that few, some and very many rooms have.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from datetime import timedelta

from tests.servers.environment import Servers, settle

ROOMS = 200_000
PEOPLE = 20_000
LIVE = 400
COMING = 2_000
_SAID = (
    "night city garden music train bread river story winter song football history language coffee mountain paint "
    "school voyage mer nuit ville jardin musique pain rivière histoire hiver chanson café montagne école lumière"
)
WORDS = _SAID.split()
QUERIES = {
    "one word of very many rooms": "music",
    "two words": "jardin lumiere",
    "the beginning of a word": "mont",
    "a host": "person12345",
    "a word of no room": "zeppelin",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        settle("")
        import django

        django.setup()
        fill(given.rooms)
        measure(given.rooms, given.rounds)
    finally:
        servers.stop()


def fill(number: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from accounts.models import Block, Follow, User
    from media.models import Recording
    from rooms.models import Room, RoomTopic, Topic

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    chance, now = random.Random(1), timezone.now()
    people = User.objects.bulk_create(
        (User(handle=f"person{n}", email=f"p{n}@example.org", display_name=f"Zoé {n}") for n in range(PEOPLE)),
        batch_size=5000,
    )

    def made(n: int) -> Room:
        at = now - timedelta(minutes=n)
        room = Room(
            host=people[n % PEOPLE],
            title=" ".join(chance.choices(WORDS, k=4)),
            description=" ".join(chance.choices(WORDS, k=12)) if n % 3 == 0 else f"number{n}",
            language=("en", "fr")[n % 2],
            created_at=at,
        )
        if n < LIVE:
            room.state = "live"
        elif n < LIVE + COMING:
            room.state, room.starts_at = "scheduled", now + timedelta(minutes=n)
        else:
            room.state, room.ended_at = "ended", at + timedelta(minutes=40)
        return room

    rooms = Room.objects.bulk_create((made(n) for n in range(number)), batch_size=5000)
    topics = list(Topic.objects.all())
    RoomTopic.objects.bulk_create(
        (RoomTopic(room=room, topic=topics[n % len(topics)], place=0) for n, room in enumerate(rooms)), batch_size=5000
    )
    Recording.objects.bulk_create(
        (
            Recording(
                room_key=room.public_id,
                state="ready",
                started_by=room.host,
                started_at=room.created_at,
                stopped_at=room.ended_at,
                progress=100,
                file="replay.ogg",
                duration_ms=1000,
                size=1,
            )
            for room in rooms[LIVE + COMING :: 2]
        ),
        batch_size=5000,
    )
    looks = people[7]
    Follow.objects.bulk_create(Follow(follower=looks, followed=person) for person in people[100:300])
    Block.objects.bulk_create(Block(blocker=looks, blocked=person) for person in people[300:350])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(number: int, rounds: int) -> None:
    from accounts.models import User
    from accounts.selectors.search import found_people
    from rooms.searching import found_coming, found_live, found_replays, terms_of

    medians = {}
    for name, query in QUERIES.items():
        took = []
        for user in (None, User.objects.get(handle="person7")):
            for _ in range(rounds):
                started = time.perf_counter()
                terms = terms_of(query)
                for find in (found_live, found_coming, found_replays):
                    find(user, terms, start=0, most=7)
                found_people([term.word for term in terms], user, most=7)
                took.append((time.perf_counter() - started) * 1000)
        medians[query] = round(statistics.median(took), 1)
        print(f"{name:30} {query:16} median {medians[query]:7.1f} ms, worst {max(took):7.1f} ms")
    print(json.dumps({"rooms": number, "search_median_ms": round(statistics.median(medians.values()), 1), **medians}))


if __name__ == "__main__":
    main()
