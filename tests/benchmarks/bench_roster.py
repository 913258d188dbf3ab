"""How soon all pictures of who is here are right after 10,000 joins and leaves in 10 s, and what that costs a client.

Work: one room in one web process on a real Redis and database. Watchers without an account stay; people come and go
at random moments, each for some seconds, so that those who came first, whom the sample shows, go as well; some of the
stage go and come too. All sockets are simulated inside the process (RoomHub, HubRoom, AudienceKeeper and presence are
the real ones): opening 10,000 real ones would measure the client that opens them. Each client keeps stage, sample and
counts by docs/protocol.md. Latency is from the last join or leave to the moment when a client's picture became what
Redis and the database say at the end; one whose picture is wrong is counted as `wrong`.

The naive broadcast is what a server without pulses would send: to everybody one frame for each join (the person's card)
and each leave (their id), for as long as they are there.

The last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.lib.daphne_sockets import Frame

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WATCHERS = int(os.environ.get("BENCH_WATCHERS", "1000"))
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "10000"))
SECONDS = 10.0
# How long somebody stays, at most.
STAY_SECONDS = 6.0
STAGE = 5
# So many are still there when all is over.
STAYING = 100
# Time for what is on its way.
SETTLE_SECONDS = 4.0


class Counter:
    """A client: what it knows, when that last changed, and how many bytes it was sent."""

    decoded: tuple[Frame | None, Any] = (None, None)

    def __init__(self, person: Any) -> None:
        self.person = person
        self.ready = False
        self.device = self.session = ""
        self.seated_at = self.removal = 0
        self.visitor: Any = None
        self.bytes = 0
        self.seq = 0
        self.state: Any = None
        self.audience: Any = None
        self.changed_at = 0.0
        self.came_at = time.perf_counter()

    def silent_for(self) -> float:
        return 0.0

    def forgive(self) -> None:
        pass

    def ping_every(self, seconds: float) -> None:
        pass

    async def close(self, code: int) -> None:
        pass

    async def write(self, frame: Frame) -> None:
        self.bytes += len(frame.framed)
        # One frame goes to thousands: reading it is not what is measured.
        if Counter.decoded[0] is not frame:
            Counter.decoded = (frame, json.loads(frame.text))
        self.hear(Counter.decoded[1])

    def hear(self, frame: dict[str, Any]) -> None:
        from rooms.hub.samples import apply_changes
        from rooms.state import apply

        before = (self.seq, self.audience)
        if frame["type"] == "snapshot":
            self.seq, self.state = frame["seq"], frame["state"]
        elif frame["type"] == "events":
            for event in frame["events"]:
                if event["seq"] == self.seq + 1:
                    self.seq, self.state = event["seq"], apply(self.state, event)
        elif frame["type"] == "pulse":
            here = dict(frame["audience"])
            came, gone = here.pop("came", None), here.pop("gone", ())
            if came is None:
                self.audience = here
            elif self.audience is not None:
                self.audience = {**here, "sample": apply_changes(self.audience["sample"], came, gone)}
        if (self.seq, self.audience) != before:
            self.changed_at = time.perf_counter()


def card(number: int) -> dict[str, str]:
    name = f"u{number:07}aaaaaa"
    return {"id": name, "handle": f"person_{number}", "name": f"Person number {number}", "portrait": "/static/p01.svg"}


def make_room() -> tuple[str, list[Any]]:
    """Make a room with a full enough stage; return its id and the cards of those who sit there."""
    from accounts.models import User
    from accounts.selectors.people import person_card
    from rooms.models import StageMember
    from rooms.services.lifecycle import open_room

    mark = time.time_ns()
    users = [User.objects.create_user(f"s{mark}{n}", f"s{mark}{n}@example.org", "x") for n in range(STAGE)]
    room = open_room(users[0], title="Benchmark", language="en")
    StageMember.objects.bulk_create(StageMember(room=room, user=user, role="speaker") for user in users[1:])
    return room.public_id, [person_card(user) for user in users]


async def enter(hub: Any, room_id: str, person: Any) -> tuple[Any, Counter]:
    """Do what a consumer does between the opening of a socket and the answer to hello."""
    client = Counter(person)
    room = await hub.join(client, room_id)
    room.greet(client)
    await client.write(room.catch_up(0))
    if room.told is not None:
        await client.write(room.pulse(room.told))
    return room, client


async def storm(room_id: str, stage: list[Any], chance: random.Random) -> dict[str, float]:
    """Let people come and go for ten seconds; return what one round showed."""
    from config.lib.db import in_pool
    from config.lib.redis_clients import async_client
    from rooms import presence
    from rooms.hub.hub import RoomHub
    from rooms.selectors import room_snapshot

    hub = RoomHub()
    clients = [(await enter(hub, room_id, person))[1] for person in stage]
    room = hub.rooms[room_id]
    clients += [(await enter(hub, room_id, None))[1] for _ in range(WATCHERS)]
    await asyncio.sleep(2)
    naive_join, naive_leave = _naive()
    for client in clients:
        client.bytes = 0
    began = time.perf_counter()
    moves = _moves(chance)
    crowd: dict[int, Counter] = {}
    for number, (at, who, comes) in enumerate(moves):
        if (wait := began + at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        elif number % 50 == 0:
            await asyncio.sleep(0)
        if comes:
            crowd[who] = (await enter(hub, room_id, card(1_000_000 + who)))[1]
        else:
            gone = crowd.pop(who)
            room.remove(gone)
        if number % 500 == 0:
            # Somebody of the stage loses the line, or is back.
            member = clients[1 + number // 500 % (STAGE - 1)]
            room.hear(member) if member in room.quiet else room.hush(member)
    ended = time.perf_counter()
    await asyncio.sleep(SETTLE_SECONDS)
    joins = sum(comes for _, _, comes in moves)
    naive_bytes = joins * naive_join + (len(moves) - joins) * naive_leave
    seq, state = await in_pool(room_snapshot)(room_id)
    truth = await presence.audience_of(room_id, room.stage_ids)
    staying = [*clients, *crowd.values()]
    wrong = [one for one in staying if (one.seq, one.state, one.audience) != (seq, state, truth)]
    waits = [max(0.0, (one.changed_at - ended) * 1000) for one in staying]
    found = {
        "p99_ms": statistics.quantiles(waits, n=100)[98],
        "p50_ms": statistics.median(waits),
        "bytes": statistics.mean(one.bytes for one in clients),
        "ratio": statistics.mean(one.bytes for one in clients) / naive_bytes,
        "took_s": ended - began,
        "wrong": float(len(wrong)),
    }
    await hub.close()
    await async_client().aclose()
    return found


def _naive() -> tuple[int, int]:
    """Return what one join and one leave cost each client if they were told at once, in bytes."""
    from rooms.protocol import encode

    join = encode({"type": "joined", "person": card(1_000_000)})
    return len(join.framed), len(encode({"type": "left", "id": card(1_000_000)["id"]}).framed)


def _moves(chance: random.Random) -> list[tuple[float, int, bool]]:
    """Return who comes and goes, and when."""
    moves = []
    for who in range(PEOPLE):
        stay = chance.uniform(0.2, STAY_SECONDS)
        at = chance.uniform(0, SECONDS - stay)
        moves += [(at, who, True), (at + stay, who, False)]
    return sorted(moves)[:-STAYING]


def run_rounds() -> list[dict[str, float]]:
    chance = random.Random(20261121)
    rounds = []
    for _ in range(ROUNDS):
        room_id, stage = make_room()
        rounds.append(asyncio.run(storm(room_id, stage, chance)))
        shown = rounds[-1]
        print(
            f"{shown['took_s']:>7.1f}{shown['p50_ms']:>9.0f}{shown['p99_ms']:>9.0f}{shown['bytes'] / 1000:>12.1f}"
            f"{shown['ratio'] * 100:>9.2f}{shown['wrong']:>8.0f}",
            flush=True,
        )
    return rounds


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.benchmarks.bench_events import installation

    with installation():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, skip_checks=True)
        print(f"{WATCHERS} watchers and {PEOPLE} joins and as many leaves in {SECONDS:.0f} s")
        print("  took s   p50 ms   p99 ms   KB/client   % of naive   wrong", flush=True)
        rounds = run_rounds()
    found = {
        "roster_p99_ms": round(statistics.median(one["p99_ms"] for one in rounds), 1),
        "roster_bytes_ratio": round(statistics.median(one["ratio"] for one in rounds), 5),
        "roster_wrong": int(max(one["wrong"] for one in rounds)),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
