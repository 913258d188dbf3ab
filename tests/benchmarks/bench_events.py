"""How many deliveries of a room's events one web process makes per CPU second, beside Channels' stock layer.

Work: N guests and the host hold sockets in one room of one Daphne process that is pinned to one CPU; the host switches
the microphone, which is one transaction, one numbered event and N + 1 deliveries. Both sides answer the same client in
the same run, one after the other. CPU is that of the server process (user and system, from /proc). Latency is from the
host's command leaving the client to each delivery's arrival, so it includes the transaction.

The last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.ws_load import LoadSocket

ROOT = Path(__file__).resolve().parents[2]
OURS = "config.asgi:application"
STOCK = "tests.benchmarks.stock_app:application"
# Beyond this the other side takes minutes.
STOCK_UP_TO = 1000
# Sockets, events per window, seconds between events.
SIZES = {100: (60, 0.15), 1000: (40, 0.4), 5000: (20, 1.5)}
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTING_AT_ONCE = 40
HEAD = "side   sockets  deliveries/CPU s  us each  p50 ms  p99 ms  KB/socket  missing"


@dataclass(frozen=True)
class Result:
    """What one window showed."""

    deliveries: int
    cpu_seconds: float
    p50_ms: float
    p99_ms: float
    kb_per_socket: float
    missing: int

    @property
    def per_cpu_second(self) -> float:
        return self.deliveries / self.cpu_seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@contextlib.contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def installation() -> Iterator[None]:
    """Give this run its own database and Redis."""
    redis = shutil.which("redis-server") or shutil.which("valkey-server")
    if redis is None:
        sys.exit("bench-events needs redis-server; install it with: apt-get install redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "VAR_DIR": folder,
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        with running([redis, "--port", str(port), "--save", "", "--dir", folder], stdout=subprocess.DEVNULL):
            yield


def prepare() -> tuple[str, str]:
    """Make a room with its host; return the room's id and the host's cookie."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from accounts.models import User
    from rooms.services.lifecycle import open_room

    call_command("migrate", verbosity=0, skip_checks=True)
    host = User.objects.create_user("host", "host@example.org", "password")
    session = SessionStore()
    session[SESSION_KEY] = str(host.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = host.get_session_auth_hash()
    session.save()
    return open_room(host, title="Benchmark", language="en").public_id, f"sessionid={session.session_key}"


async def connect(port: int, path: str, cookie: str, arrivals: dict[int, list[float]]) -> LoadSocket:
    # The path to the project is known only since main() began.
    from tests.benchmarks.ws_load import LoadSocket

    loop = asyncio.get_running_loop()
    _, link = await loop.create_connection(
        lambda: LoadSocket(path, f"127.0.0.1:{port}", cookie, arrivals), "127.0.0.1", port
    )
    await asyncio.wait_for(link.greeted, 60)
    return link


async def connect_many(count: int, port: int, path: str) -> tuple[list[LoadSocket], dict[int, list[float]]]:
    arrivals: dict[int, list[float]] = {}
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one() -> LoadSocket:
        async with gate:
            return await connect(port, path, "", arrivals)

    return await asyncio.gather(*(one() for _ in range(count))), arrivals


async def measure(pid: int, port: int, room_id: str, cookie: str, sockets: int) -> Result:
    """Connect, let the host switch the microphone, and count what arrives."""
    path = f"/ws/rooms/{room_id}/"
    warm, _ = await connect_many(20, port, path)
    for link in warm:
        link.transport.close()
    await asyncio.sleep(1)
    before = resident_kb(pid)
    links, arrivals = await connect_many(sockets, port, path)
    host = await connect(port, path, cookie, arrivals)
    await asyncio.sleep(3)
    kb = (resident_kb(pid) - before) / sockets
    events, pause = SIZES[sockets]
    sent: list[float] = []
    arrivals.clear()
    used = cpu_seconds(pid)
    for number in range(events):
        sent.append(time.perf_counter())
        host.send(json.dumps({"type": "mic.mute" if number % 2 else "mic.unmute", "id": str(number)}))
        await asyncio.sleep(pause)
    await asyncio.sleep(1.5)
    used = cpu_seconds(pid) - used
    waits = [(at - start) * 1000 for start, seq in zip(sent, sorted(arrivals), strict=False) for at in arrivals[seq]]
    for link in [*links, host]:
        link.transport.abort()
    cuts = statistics.quantiles(waits, n=100)
    return Result(len(waits), used, cuts[49], cuts[98], kb, events * (sockets + 1) - len(waits))


def serve_and_measure(application: str, room_id: str, cookie: str, sockets: int) -> Result:
    port = free_port()
    pinned = ["taskset", "-c", "0", sys.executable, "-m", "daphne", "-p", str(port)]
    command = [*pinned, "--ping-interval", "5", "--ping-timeout", "30", "--no-server-name", application]
    log = Path(os.environ["VAR_DIR"]) / f"{application.partition(':')[0]}.log"
    with log.open("ab") as said, running(command, cwd=ROOT, stdout=said, stderr=said) as server:
        if answers(port):
            return asyncio.run(measure(server.pid, port, room_id, cookie, sockets))
    sys.exit(f"The server did not start:\n{log.read_text()}")


def answers(port: int) -> bool:
    """Wait until somebody listens; say whether that was so in time."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return True
        time.sleep(0.1)
    return False


def middle(results: list[Result]) -> Result:
    """Return the medians of what several windows showed."""
    medians = {name: statistics.median(getattr(one, name) for one in results) for name in Result.__dataclass_fields__}
    return Result(**medians)


def run_all(sizes: list[int], room_id: str, cookie: str) -> dict[tuple[str, int], Result]:
    """Measure both sides in turn, so that whatever else the machine does hits both; print each size's row."""
    figures: dict[tuple[str, int], Result] = {}
    for size in sizes:
        sides = {"hub": OURS, "stock": STOCK} if size <= STOCK_UP_TO else {"hub": OURS}
        runs: dict[str, list[Result]] = {side: [] for side in sides}
        for _ in range(ROUNDS):
            for side, application in sides.items():
                runs[side].append(serve_and_measure(application, room_id, cookie, size))
        for side, results in runs.items():
            figures[side, size] = middle(results)
            print(row(side, size, figures[side, size]), flush=True)
    return figures


def row(side: str, size: int, shown: Result) -> str:
    return (
        f"{side:<6}{size:>8}{shown.per_cpu_second:>18,.0f}{1e6 / shown.per_cpu_second:>9.1f}"
        f"{shown.p50_ms:>8.0f}{shown.p99_ms:>8.0f}{shown.kb_per_socket:>11.1f}{shown.missing:>9.0f}"
    )


def summary(figures: dict[tuple[str, int], Result]) -> dict[str, float]:
    """Return the figures that the project holds itself to."""
    found: dict[str, float] = {}
    if ("hub", 1000) in figures:
        ours, stock = figures["hub", 1000], figures["stock", 1000]
        found |= {
            "deliveries_per_cpu_s": round(ours.per_cpu_second),
            "stock_deliveries_per_cpu_s": round(stock.per_cpu_second),
            "p99_ms": round(ours.p99_ms, 1),
        }
    if ("hub", 5000) in figures:
        large = figures["hub", 5000]
        found |= {"p99_ms_5000": round(large.p99_ms, 1), "kb_per_socket": round(large.kb_per_socket, 1)}
    return found


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {1} if (os.cpu_count() or 1) > 1 else {0})
    sys.path.insert(0, str(ROOT))
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "100,1000,5000").split(",")]
    with installation():
        room_id, cookie = prepare()
        print(HEAD, flush=True)
        found = summary(run_all(sizes, room_id, cookie))
    if "deliveries_per_cpu_s" in found:
        ratio = found["deliveries_per_cpu_s"] / found["stock_deliveries_per_cpu_s"]
        print(f"ratio at 1,000: {ratio:.1f}x")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
