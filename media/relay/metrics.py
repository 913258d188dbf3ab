"""What a relay tells Prometheus, and the small HTTP server that it tells it by.

Nothing here is called for a packet: the core counts packets in plain numbers, which are read when somebody asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, GCCollector, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.metrics_core import Metric

LAG_LOOK_SECONDS: Final = 0.1
# Somebody who asks and does not go on must not hold a connection for ever; nor may a thousand of them.
REQUEST_SECONDS: Final = 2.0
REQUEST_BYTES: Final = 8192
CONNECTIONS: Final = 8

_JOIN_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_LAG_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
_RTT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 2.0)
_LOSS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

# What the names in `counts` begin with -> the counter that they become, its label and its description.
_FAMILIES: Final = {
    "drop_": ("causerie_relay_dropped", "cause", "What was dropped instead of being handled or sent, by cause."),
    "in_": ("causerie_relay_in", "what", "Datagrams, packets and bytes that came in."),
    "out_": ("causerie_relay_out", "what", "Packets and bytes that went out."),
    "refused_": ("causerie_relay_refused", "code", "Commands that were refused, by code."),
    "": ("causerie_relay_happened", "what", "Everything else that the relay counts."),
}


class RelayMetrics:
    """One relay's metrics. `counts` is the relay's own counter; the others say how many there are now."""

    def __init__(
        self,
        *,
        counts: Mapping[str, int],
        sessions: Callable[[], Mapping[str, int]],
        rooms: Callable[[], int],
        handshakes: Callable[[], int],
    ) -> None:
        self._registry = CollectorRegistry()
        self._joins = self._histogram("join_seconds", "From an offer until ICE and DTLS are through.", _JOIN_SECONDS)
        self._loss = self._histogram("loss_ratio", "Share lost, by each report of a listener.", _LOSS)
        self._rtt = self._histogram("rtt_seconds", "Round trip, by each report of a listener.", _RTT_SECONDS)
        self._lag = self._histogram("loop_lag_seconds", "How late the event loop wakes who sleeps.", _LAG_SECONDS)
        self._registry.register(_Readings(counts, sessions, rooms, handshakes))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"causerie_relay_{name}", words, buckets=buckets, registry=self._registry)

    def joined(self, seconds: float) -> None:
        """Note that a session has connected so long after its offer came."""
        self._joins.observe(seconds)

    def reported(self, loss: float, rtt: float | None) -> None:
        """Note a receiver's report: the share lost since its last (0 to 1), and the round trip in s if known."""
        self._loss.observe(loss)
        if rtt is not None:
            self._rtt.observe(rtt)

    def lag(self, seconds: float) -> None:
        self._lag.observe(seconds)

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Readings(Collector):
    """Reads the relay's own numbers at the moment when somebody asks."""

    def __init__(
        self,
        counts: Mapping[str, int],
        sessions: Callable[[], Mapping[str, int]],
        rooms: Callable[[], int],
        handshakes: Callable[[], int],
    ) -> None:
        self._counts = counts
        self._sessions = sessions
        self._rooms = rooms
        self._handshakes = handshakes

    def describe(self) -> Iterable[Metric]:
        """Say no names in advance: the registry would otherwise collect once for them, before the relay is made."""
        return []

    def collect(self) -> Iterable[Metric]:
        yield _gauge("rooms", "Rooms that have a session here.", self._rooms())
        yield _gauge("handshakes", "Offers that are not connected yet.", self._handshakes())
        sessions = GaugeMetricFamily("causerie_relay_sessions", "Media sessions, by kind.", labels=["kind"])
        for kind, number in self._sessions().items():
            sessions.add_metric([kind], number)
        yield sessions
        yield from self._counters()

    def _counters(self) -> Iterable[Metric]:
        counters = {
            prefix: CounterMetricFamily(name, words, labels=[label])
            for prefix, (name, label, words) in _FAMILIES.items()
        }
        for name, number in dict(self._counts).items():
            # The empty prefix, which stands last, takes what is left.
            prefix = next(prefix for prefix in _FAMILIES if name.startswith(prefix))
            counters[prefix].add_metric([name.removeprefix(prefix)], number)
        return counters.values()


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"causerie_relay_{name}", words, value=value)


async def watch_lag(metrics: RelayMetrics) -> None:
    """Measure for ever how late the loop is."""
    while True:
        wanted = time.monotonic() + LAG_LOOK_SECONDS
        await asyncio.sleep(LAG_LOOK_SECONDS)
        metrics.lag(max(0.0, time.monotonic() - wanted))


async def serve_metrics(metrics: RelayMetrics, *, host: str, port: int) -> asyncio.Server:
    """Answer `GET /metrics` on the running loop until the server that is returned is closed. Raises OSError.

    One answer costs about a millisecond of the loop; a thread of its own would hold it up for longer, by the GIL.
    """
    free = asyncio.Semaphore(CONNECTIONS)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if not free.locked():
                async with free, asyncio.timeout(REQUEST_SECONDS):
                    writer.write(_response(await reader.readuntil(b"\r\n\r\n"), metrics))
                    await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, host, port, limit=REQUEST_BYTES)


def _response(request: bytes, metrics: RelayMetrics) -> bytes:
    method, path, *_ = [*request.split(b"\r\n", 1)[0].split(b" "), b"", b""]
    known = method in {b"GET", b"HEAD"} and path.split(b"?")[0] == b"/metrics"
    body = metrics.render() if known else b"Only GET /metrics is answered here.\n"
    head = (
        f"HTTP/1.1 {'200 OK' if known else '404 Not Found'}\r\n"
        f"Content-Type: {CONTENT_TYPE_LATEST if known else 'text/plain'}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    return head if method == b"HEAD" else head + body
