"""Attacks on a real relay while somebody listens: all is dropped by cause, memory stays flat, no gap is heard."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from django.conf import settings as django_settings

from media.relay.keys import Keys
from media.relay.messages import MAX_COMMAND_BYTES, VERSION, Answered, Close, CloseRoom, Done, Refused, Request, encode
from media.relay.port import LATE_SECONDS
from tests.media.relays import RelayProcess
from tests.relay.conftest import Commander, open_listen
from tests.relay.peers import until
from tests.relay.test_offers import THREE, listen_offer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import redis
    from pytest_django.fixtures import Settings

# Figures are shown by `pytest --log-cli-level=INFO`.
log = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]
SECRET = "the secret that this test's relay knows"
RATE = 5000
# A packet of 20 ms that is 40 ms late is a gap that a jitter buffer of the usual size still bridges.
GAP_MS = 40
# What the allocator may keep of the flood's own objects.
GROWTH_MB = 4
ABANDONED_MB = 0.1


class Stage:
    """A relay as a process, with a speaker and a listener in another one."""

    def __init__(self, relay: RelayProcess, commander: Commander, talker: subprocess.Popen[str], ready: Any) -> None:
        self.relay = relay
        self.commander = commander
        self.talker = talker
        self.address: tuple[str, int] = tuple(ready["address"])
        self.username: str = ready["username"]

    async def figures(self) -> dict[str, float]:
        """Return how the listener's packets came since the last time."""
        stdin, stdout = self.talker.stdin, self.talker.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write("\n")
        stdin.flush()
        found: dict[str, float] = json.loads(await asyncio.to_thread(stdout.readline))
        return found

    def megabytes(self) -> float:
        assert self.relay.process is not None
        return psutil.Process(self.relay.process.pid).memory_info().rss / 2**20

    async def counts(self) -> dict[str, int]:
        """Return the relay's counts from a heartbeat that it sends after now."""
        beat = self.commander.heartbeat().beat
        await until(lambda: self.commander.heartbeat().beat > beat + 1, "another heartbeat")
        found: dict[str, int] = self.commander.heartbeat().counts
        return found

    def starved(self) -> float:
        """Return for how many seconds the relay was ready to run but had no CPU, in all: others use the machine too."""
        assert self.relay.process is not None
        return int(Path(f"/proc/{self.relay.process.pid}/schedstat").read_text().split()[1]) / 1e9

    async def flood(self, kind: str, seconds: float) -> int:
        """Send datagrams of a kind from many addresses and return how many."""
        host, port = self.address
        flooding = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.attack.relay_flood",
            *(kind, host, str(port), self.username, str(RATE), str(seconds)),
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        out, _err = await flooding.communicate()
        assert flooding.returncode == 0
        return int(out)


@pytest.fixture
async def stage(redis_client: redis.Redis, settings: Settings, tmp_path: Path) -> AsyncIterator[Stage]:
    settings.RELAY_SECRET = SECRET
    relay = RelayProcess("relay-1", tmp_path / "relay.log")
    heartbeat = relay.start()
    known: Any = SimpleNamespace(incarnation=heartbeat.incarnation)
    prefix = f"{django_settings.REDIS_PREFIX}"
    commander = Commander(redis_client, Keys(prefix), known)
    assert relay.process is not None
    known_as = (django_settings.REDIS_URL, prefix, heartbeat.incarnation, str(relay.process.pid))
    talker = subprocess.Popen(  # noqa: ASYNC220 - starting it takes no time; its output is read in a thread
        [sys.executable, "-m", "tests.attack.relay_talker", *known_as],
        cwd=ROOT,
        env=os.environ | {"RELAY_SECRET": SECRET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert talker.stdout is not None
    ready = await asyncio.to_thread(talker.stdout.readline)
    one = Stage(relay, commander, talker, json.loads(ready))
    # Connecting is over: what is measured is listening.
    await asyncio.sleep(0.5)
    await one.figures()
    yield one
    assert talker.stdin is not None
    talker.stdin.close()
    talker.wait(timeout=10)
    talker.stdout.close()
    relay.end()


def assert_heard(figures: dict[str, float], late: int, starved: float) -> None:
    """Nothing was lost and no gap was heard, but for what the relay left out while it had no CPU for long."""
    assert figures["lost"] <= late
    assert late == 0 or starved >= LATE_SECONDS
    assert figures["gap_max"] <= GAP_MS


CAUSES = {
    "integrity": "drop_bad_integrity",
    "username": "drop_unknown_username",
    "stun": "drop_bad_stun",
    "hello": "drop_unknown_address",
    "rtp": "drop_unknown_address",
}


@pytest.mark.parametrize(
    ("kind", "seconds"), [("integrity", 5), ("username", 2), ("stun", 2), ("hello", 2), ("rtp", 2)]
)
async def test_flood_of_datagrams_is_dropped_by_cause_and_not_heard(stage: Stage, kind: str, seconds: float) -> None:
    before, counts, starved = stage.megabytes(), await stage.counts(), stage.starved()
    await stage.figures()
    sent = await stage.flood(kind, seconds)
    figures, later = await stage.figures(), await stage.counts()
    grown = stage.megabytes() - before
    log.info("flood of %s: sent=%d grown_mb=%.2f of %.0f %s", kind, sent, grown, before, figures)
    dropped = {
        name: later[name] - counts.get(name, 0)
        for name in later
        if name.startswith("drop_") and later[name] != counts.get(name)
    }
    # The kernel may have dropped some before the relay read them; no other cause, and nothing went through.
    late = dropped.pop("drop_late", 0)
    assert list(dropped) == [CAUSES[kind]]
    assert 0.9 * sent <= dropped[CAUSES[kind]] <= sent == RATE * seconds
    assert grown < GROWTH_MB
    assert_heard(figures, late, stage.starved() - starved)


def request(command: Any, *, number: int, late: bool = False) -> bytes:
    return encode(Request(v=VERSION, id=f"q{number}", deadline=time.time() + (-1 if late else 60), command=command))


def hostile(chance: random.Random) -> tuple[list[bytes], dict[str, int]]:
    """Return commands that nobody should obey, in any order, and how often the relay will count each sort."""
    nothing = Close(session="nobody")
    huge = request(nothing, number=0)[:-1] + b" " * MAX_COMMAND_BYTES + b"}"
    sorts = [
        [huge] * 50,
        [chance.randbytes(200) for _ in range(300)],
        [b"[" * 5000] * 50,
        [request(nothing, number=number, late=True) for number in range(1000, 1300)],
        [request(nothing, number=2000)] * 300,
        [request(nothing, number=number).replace(b'"v":1', b'"v":2') for number in range(3000, 3300)],
        [request(nothing, number=number).replace(b'"close"', b'"explode"') for number in range(4000, 4300)],
    ]
    counted = {"refused_bad_message": 700, "refused_late": 300, "doubled": 299, "refused_bad_version": 300}
    commands = [one for sort in sorts for one in sort]
    chance.shuffle(commands)
    return commands, counted


async def test_hostile_commands_are_refused_by_cause_and_not_heard(stage: Stage) -> None:
    commands, counted = hostile(random.Random(3))
    counts, before, starved = await stage.counts(), stage.megabytes(), stage.starved()
    await stage.figures()
    for raw in commands:
        stage.commander.push(raw)
    assert await stage.commander.ask(Close(session="nobody")) == Done()
    figures, later = await stage.figures(), await stage.counts()
    grown = stage.megabytes() - before
    log.info("commands: sent=%d grown_mb=%.2f of %.0f %s", len(commands), grown, before, figures)
    assert {name: later.get(name, 0) - counts.get(name, 0) for name in counted} == counted
    assert grown < GROWTH_MB
    late = later.get("drop_late", 0) - counts.get("drop_late", 0)
    assert_heard(figures, late, stage.starved() - starved)


def almost_an_offer(chance: random.Random) -> str:
    """Return an offer in which a line or two are missing, doubled, moved or spoiled."""
    parts = chance.choice([THREE, listen_offer("0"), listen_offer("0", "1")]).splitlines()
    for _ in range(chance.randint(0, 2)):
        position = chance.randrange(len(parts))
        match chance.randrange(4):
            case 0:
                del parts[position]
            case 1:
                parts.insert(chance.randrange(len(parts)), parts[position])
            case 2:
                line = parts[position]
                cut = chance.randrange(len(line))
                parts[position] = line[:cut] + chance.choice("0 :/-=Zé\x00") + line[cut + 1 :]
            case _:
                parts[position] = f"a=extmap:{chance.randint(-2, 300)} urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    return "".join(f"{part}\r\n" for part in parts)


async def fuzz(stage: Stage, chance: random.Random, numbers: range) -> tuple[int, int]:
    """Send offers that are nearly ones, and return how many were answered and how many refused as such."""
    answered = refused = 0
    for number in numbers:
        command = open_listen(
            almost_an_offer(chance), session=f"f{number}", room="fuzz", person="guest:f", secret=SECRET.encode()
        )
        reply = await stage.commander.ask(command)
        assert isinstance(reply, Answered | Refused)
        answered += isinstance(reply, Answered)
        refused += isinstance(reply, Refused) and reply.code == "bad_sdp"
        if number % 20 == 19:
            assert await stage.commander.ask(CloseRoom(room="fuzz")) == Done()
    return answered, refused


async def test_fuzzed_offers_are_answered_or_refused_and_not_heard(stage: Stage) -> None:
    chance = random.Random(5)
    # The first ones load what the relay had not needed until then.
    await fuzz(stage, chance, range(100))
    counts, before, starved = await stage.counts(), stage.megabytes(), stage.starved()
    await stage.figures()
    answered, refused = await fuzz(stage, chance, range(100, 400))
    figures, later = await stage.figures(), await stage.counts()
    grown = stage.megabytes() - before
    log.info("offers: answered=%d grown_mb=%.2f of %.0f %s", answered, grown, before, figures)
    assert (answered + refused, answered > 50, refused > 50) == (300, True, True)
    assert stage.commander.heartbeat().sessions == 2
    # Somebody speaks all the time, and so long the relay does not look for what sessions without a handshake leave.
    assert grown < ABANDONED_MB * answered
    assert "command_failed" not in stage.relay.log()
    late = later.get("drop_late", 0) - counts.get("drop_late", 0)
    assert_heard(figures, late, stage.starved() - starved)
