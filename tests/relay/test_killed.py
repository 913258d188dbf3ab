"""A relay that is killed takes the listening of one interval with it, and nothing that was told before."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from media.relay.intervals import BREAK_MS
from media.relay.messages import decode_interval_receipt
from tests.relay.conftest import SECRET, Commander
from tests.relay.peers import until, use_loopback
from tests.relay.test_sound import Talk
from tests.relay.tones import Tone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import redis

    from media.relay.keys import Keys
    from media.relay.messages import IntervalReceipt

INTERVAL_MS = 2_000
# A relay whose intervals are shorter, so that the test is.
PROGRAM = """
import sys
from pathlib import Path
from media.relay import intervals
from media.relay.worker import RelayConfig, serve
intervals.INTERVAL_MS = {interval}
serve(RelayConfig(redis_url=sys.argv[1], prefix=sys.argv[2], secret={secret}, relay="relay-1",
                  addresses=("127.0.0.1",), recordings=Path(sys.argv[3])))
"""


@pytest.fixture
def process(prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    use_loopback(monkeypatch)
    program = PROGRAM.format(interval=INTERVAL_MS, secret=SECRET)
    running = subprocess.Popen([sys.executable, "-c", program, settings.REDIS_URL, prefix, str(tmp_path)])
    yield running
    running.kill()
    running.wait()


def kept(client: redis.Redis, keys: Keys) -> list[IntervalReceipt]:
    entries: Any = client.xrange(keys.receipts)
    return [decode_interval_receipt(fields[b"interval"]) for _id, fields in entries if b"interval" in fields]


async def test_killed_relay_loses_the_interval_that_was_open_and_no_other(
    process: subprocess.Popen[bytes], redis_client: redis.Redis, keys: Keys
) -> None:
    await until(lambda: bool(redis_client.zcard(keys.index)), "the relay", 30)
    found: Any = redis_client.zrange(keys.index, 0, -1)
    relay: Any = SimpleNamespace(incarnation=found[0].decode())
    talk = Talk(Commander(redis_client, keys, relay))
    await talk.speak("host", Tone(440))
    await talk.listen("lia", slots=1)
    await until(lambda: len(kept(redis_client, keys)) >= 3, "three intervals", 60)
    process.kill()
    await asyncio.to_thread(process.wait)
    told = kept(redis_client, keys)
    assert [each.number for each in told] == list(range(1, len(told) + 1))
    # Nothing is missing before the last one: between two there is no break.
    assert all(0 <= after.start_ms - before.end_ms < BREAK_MS for before, after in pairwise(told))
    assert all(each.end_ms - each.start_ms <= INTERVAL_MS for each in told)
    await talk.close()
