"""What a relay tells Prometheus, read over HTTP as Prometheus does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from media.relay import metrics as relay_metrics
from media.relay.metrics import CONNECTIONS, RelayMetrics, serve_metrics, watch_lag
from tests.relay.peers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def counts() -> Counter[str]:
    return Counter({"drop_bad_stun": 2, "out_packets": 7, "in_datagrams": 9, "refused_late": 1, "redis_errors": 3})


@pytest.fixture
def metrics(counts: Counter[str]) -> RelayMetrics:
    return RelayMetrics(
        counts=counts, sessions=lambda: {"publish": 1, "listen": 4}, rooms=lambda: 2, handshakes=lambda: 3
    )


@pytest.fixture
async def server(metrics: RelayMetrics) -> AsyncIterator[int]:
    """Return the port at which the metrics are served."""
    one = await serve_metrics(metrics, host="127.0.0.1", port=0)
    port: int = one.sockets[0].getsockname()[1]
    yield port
    one.close()
    await one.wait_closed()


def samples(text: str) -> dict[str, float]:
    """Return each sample as Prometheus names it, without those of Python and the process."""
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("causerie")
    }


async def ask(port: int, request: bytes) -> bytes:
    """Return the answer, nothing if the connection was dropped."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def body_of(port: int) -> str:
    head, _, body = (await ask(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return body.decode()


async def test_everything_is_read_over_http(metrics: RelayMetrics, counts: Counter[str], server: int) -> None:
    metrics.joined(0.03)
    metrics.reported(0.25, 0.04)
    metrics.reported(0.0, None)
    found = samples(await body_of(server))
    numbers = {name: value for name, value in found.items() if "seconds" not in name and "ratio" not in name}
    assert numbers == {
        "causerie_relay_rooms": 2,
        "causerie_relay_handshakes": 3,
        "causerie_relay_sessions[publish]": 1,
        "causerie_relay_sessions[listen]": 4,
        "causerie_relay_dropped_total[bad_stun]": 2,
        "causerie_relay_in_total[datagrams]": 9,
        "causerie_relay_out_total[packets]": 7,
        "causerie_relay_refused_total[late]": 1,
        "causerie_relay_happened_total[redis_errors]": 3,
    }
    assert found["causerie_relay_join_seconds_bucket[0.02]"] == 0
    assert found["causerie_relay_join_seconds_bucket[0.05]"] == 1
    assert (found["causerie_relay_loss_ratio_count"], found["causerie_relay_loss_ratio_sum"]) == (2, 0.25)
    assert (found["causerie_relay_rtt_seconds_count"], found["causerie_relay_rtt_seconds_sum"]) == (1, 0.04)
    counts["out_packets"] += 1
    assert samples(await body_of(server))["causerie_relay_out_total[packets]"] == 8


async def test_process_is_described_too(server: int) -> None:
    assert "process_resident_memory_bytes" in await body_of(server)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /metrics HTTP/1.1", b"200"),
        (b"GET /metrics?name[]=x HTTP/1.1", b"200"),
        (b"GET / HTTP/1.1", b"404"),
        (b"POST /metrics HTTP/1.1", b"404"),
        (b"nonsense", b"404"),
        (b"", b"404"),
    ],
)
async def test_only_reading_is_answered(server: int, request_line: bytes, status: bytes) -> None:
    answer = await ask(server, request_line + b"\r\n\r\n")
    assert answer.split(b" ", 2)[1] == status


async def test_head_has_no_body(server: int) -> None:
    answer = await ask(server, b"HEAD /metrics HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")


async def test_request_without_end_is_dropped(server: int) -> None:
    assert await ask(server, b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 4000) == b""


@pytest.mark.parametrize(("silent", "answered"), [(CONNECTIONS - 1, True), (CONNECTIONS, False)])
async def test_silent_connections_take_so_many_places_and_not_for_long(
    server: int, monkeypatch: pytest.MonkeyPatch, silent: int, answered: bool
) -> None:
    monkeypatch.setattr(relay_metrics, "REQUEST_SECONDS", 0.5)
    waiting = [await asyncio.open_connection("127.0.0.1", server) for _ in range(silent)]
    answer = await ask(server, b"GET /metrics HTTP/1.1\r\n\r\n")
    assert bool(answer) is answered
    # Each is dropped when its time is over; then there is room again.
    for reader, writer in waiting:
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    await body_of(server)


async def test_loop_that_is_held_up_shows(metrics: RelayMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_metrics, "LAG_LOOK_SECONDS", 0.001)
    watching = asyncio.create_task(watch_lag(metrics))

    def seen(what: str) -> float:
        return samples(metrics.render().decode())[f"causerie_relay_loop_lag_seconds_{what}"]

    await until(lambda: seen("count") >= 2, "two looks")
    before = seen("sum")
    # On purpose: the loop is held up.
    time.sleep(0.06)  # noqa: ASYNC251
    count = seen("count")
    await until(lambda: seen("count") > count, "another look")
    watching.cancel()
    assert seen("sum") - before > 0.05
