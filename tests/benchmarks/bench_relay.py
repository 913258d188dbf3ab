"""What one delivered packet costs the relay, how late it comes, and what a listener costs; beside aiortc's MediaRelay.

Work: one speaker sends 50 packets of 80 bytes of Opus a second to N listeners with real ICE, DTLS and SRTP. The relay
is pinned to the first core; the speaker and all listeners share the second. CPU is that of the relay's process (user
and system, from /proc): over loopback it includes the kernel's receiving half, which runs inside the sender's call.
*Added* runs from just before the speaker's system call to the kernel's time stamp on the listener's socket: the
speaker's send, the relay's wake-up, decryption, choice, and encryption and sending for everybody who came before.

The last line is one JSON object. Run: python -m tests.benchmarks.bench_relay --sizes 50,500,1500
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.bench_events import cpu_seconds, resident_kb
from tests.benchmarks.relay.crowd import Crowd
from tests.benchmarks.relay.figures import Heard, heard, packets_between
from tests.benchmarks.relay.servers import CLIENT_CORE, pin, redis, server
from tests.benchmarks.relay.signalling import Signalling
from tests.benchmarks.relay.speaker import SpeakerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OURS = "tests.benchmarks.relay.serve_relay"
STOCK = "tests.benchmarks.relay.serve_mediarelay"
STORM_AT = 500
STORM = 500
WARM = 20
JOINING_AT_ONCE = 8
SETTLE_SECONDS = 1.5
LATE_SECONDS = 0.4
HEAD = "side        listeners  us/packet  core %   loss %  p50 ms  p99 ms  KB each  join CPU ms  proved"


@dataclass(frozen=True)
class Window:
    """One stretch of time: CPU seconds of the server, seconds on the clock, packets that arrived, and how."""

    cpu: float
    seconds: float
    packets: int
    heard: Heard | None

    @property
    def us_per_packet(self) -> float:
        return self.cpu / self.packets * 1e6


@dataclass(frozen=True)
class Result:
    """What one relay of one size showed."""

    windows: list[Window]
    kb_each: float
    join_cpu_ms: float
    proved: int

    @property
    def us_per_packet(self) -> float:
        return statistics.median(window.us_per_packet for window in self.windows)

    @property
    def core(self) -> float:
        return statistics.median(window.cpu / window.seconds for window in self.windows)

    @property
    def loss(self) -> float:
        """Return the share of all windows' packets that did not arrive."""
        windows = [window.heard for window in self.windows if window.heard is not None]
        return 1 - sum(one.received for one in windows) / sum(one.expected for one in windows)

    def added_ms(self, share: float) -> float:
        """Return the median of the windows' quantiles."""
        return statistics.median(window.heard.quantile(share) for window in self.windows if window.heard is not None)


class Bench:
    """One server with its speaker and its listeners."""

    def __init__(self, pid: int, crowd: Crowd, speaker: SpeakerProcess) -> None:
        self.pid = pid
        self.crowd = crowd
        self.speaker = speaker

    async def grow(self, count: int) -> tuple[float, int]:
        """Let so many more listen while nobody speaks; return the CPU ms of each and the growth in KB."""
        used, resident = cpu_seconds(self.pid), resident_kb(self.pid)
        await self.crowd.join(count, at_once=JOINING_AT_ONCE)
        await asyncio.sleep(SETTLE_SECONDS)
        return (cpu_seconds(self.pid) - used) / count * 1000, resident_kb(self.pid) - resident

    async def window(self, seconds: float, *, ours: bool = True) -> Window:
        self.crowd.listen()
        began, used = time.time_ns(), cpu_seconds(self.pid)
        await asyncio.sleep(seconds)
        span, used = (began, time.time_ns()), cpu_seconds(self.pid) - used
        await asyncio.sleep(LATE_SECONDS)
        found = self._heard(span, len(self.crowd.listeners)) if ours else None
        return Window(used, (span[1] - span[0]) / 1e9, packets_between(self.crowd.notes, span), found)

    def _heard(self, span: tuple[int, int], listeners: int) -> Heard:
        return heard(self.crowd.notes, self.speaker.sent(), span, offset=self.crowd.offset, listeners=listeners)

    async def storm(self, count: int) -> tuple[Heard, float]:
        """Let so many join at once; return what those heard who listened before, and the seconds that it took."""
        listening = len(self.crowd.listeners)
        self.crowd.listen()
        began = time.time_ns()
        await self.crowd.join(count, at_once=count)
        span = (began, time.time_ns())
        await asyncio.sleep(LATE_SECONDS)
        return self._heard(span, listening), (span[1] - span[0]) / 1e9


@asynccontextmanager
async def opened(pid: int, url: str, *, lines: int) -> AsyncIterator[Bench]:
    signalling = Signalling(url)
    await signalling.find()
    speaker = SpeakerProcess(url)
    crowd = Crowd(signalling, lines=lines)
    try:
        yield Bench(pid, crowd, speaker)
    finally:
        await crowd.close()
        speaker.stop()
        await signalling.close()


async def measure(pid: int, url: str, size: int, options: argparse.Namespace) -> tuple[Result, float | None]:
    """Return what a relay with so many listeners showed, and what a storm added to the p99 if it had one."""
    async with opened(pid, url, lines=3) as bench:
        warm = min(WARM, size // 2)
        await bench.grow(warm)
        join_cpu_ms, growth = await bench.grow(size - warm)
        before = resident_kb(pid)
        bench.speaker.talk()
        await asyncio.sleep(SETTLE_SECONDS)
        windows = [await bench.window(options.seconds) for _ in range(options.rounds)]
        growth += resident_kb(pid) - before
        result = Result(windows, growth / (size - warm), join_cpu_ms, bench.crowd.proved)
        return result, await storm(bench, result) if size == STORM_AT and options.storm else None


async def storm(bench: Bench, before: Result) -> float:
    shown, seconds = await bench.storm(STORM)
    added = shown.quantile(0.99) - before.added_ms(0.99)
    print(
        f"storm: {STORM} joins in {seconds:.1f} s while {STORM_AT} listen: p50 {shown.quantile(0.5):.1f} ms, "
        f"p99 {shown.quantile(0.99):.1f} ms ({added:+.1f}), longest {shown.quantile(1):.1f} ms, "
        f"loss {shown.loss:.3%}",
        flush=True,
    )
    return added


async def measure_stock(pid: int, url: str, size: int, options: argparse.Namespace) -> Result:
    async with opened(pid, url, lines=1) as bench:
        bench.speaker.talk()
        join_cpu_ms, growth = await bench.grow(size)
        windows = [await bench.window(options.seconds, ours=False) for _ in range(options.rounds)]
        return Result(windows, growth / size, join_cpu_ms, 0)


def row(side: str, size: int, shown: Result) -> str:
    head = f"{side:<12}{size:>9}{shown.us_per_packet:>11.2f}{shown.core:>8.1%}"
    if shown.windows[0].heard is None:
        return f"{head}{'':>25}{shown.kb_each:>9.0f}"
    return (
        f"{head}{shown.loss:>9.3%}{shown.added_ms(0.5):>8.2f}{shown.added_ms(0.99):>8.2f}{shown.kb_each:>9.0f}"
        f"{shown.join_cpu_ms:>13.2f}{shown.proved:>8}"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="50,500,1500", help="how many listeners, one relay each")
    parser.add_argument("--stock", type=int, default=20, help="listeners of MediaRelay; 0 leaves it out")
    parser.add_argument("--seconds", type=float, default=8.0, help="of one window")
    parser.add_argument("--rounds", type=int, default=3, help="windows")
    parser.add_argument("--storm", type=int, choices=(0, 1), default=1, help=f"{STORM} joins at {STORM_AT} listeners")
    return parser.parse_args()


def run_ours(size: int, options: argparse.Namespace) -> dict[str, float]:
    with redis() as url, server(OURS, url) as pid:
        result, storm_added = asyncio.run(measure(pid, url, size, options))
    print(row("relay", size, result), flush=True)
    return summary(result) | ({} if storm_added is None else {"storm_added_ms_p99": round(storm_added, 1)})


def run_stock(size: int, options: argparse.Namespace) -> dict[str, float]:
    with redis() as url, server(STOCK, url) as pid:
        result = asyncio.run(measure_stock(pid, url, size, options))
    print(row("MediaRelay", size, result), flush=True)
    return {"mediarelay_us_per_packet": round(result.us_per_packet, 1)}


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    options = arguments()
    pin(CLIENT_CORE)
    found: dict[str, float] = {}
    print(f"load average {os.getloadavg()[0]:.2f}", flush=True)
    print(HEAD, flush=True)
    for size in map(int, options.sizes.split(",")):
        found |= run_ours(size, options)
    if options.stock:
        found |= run_stock(options.stock, options)
    print(f"load average {os.getloadavg()[0]:.2f}, the benchmark's own included", flush=True)
    print(json.dumps(found))


def summary(result: Result) -> dict[str, float]:
    """Return the figures that the project holds itself to; those of the largest size are printed."""
    return {
        "us_per_packet": round(result.us_per_packet, 2),
        "added_ms_p50": round(result.added_ms(0.5), 2),
        "added_ms_p99": round(result.added_ms(0.99), 2),
        "loss": round(result.loss, 6),
        "kb_per_listener": round(result.kb_each, 1),
        "join_cpu_ms": round(result.join_cpu_ms, 2),
    }


if __name__ == "__main__":
    main()
