"""Real web processes for tests: Daphne on a port of its own, and clients that speak docs/protocol.md."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import websockets
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from tests.rooms.sockets import PATIENCE_SECONDS
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from accounts.models import User

ROOT = Path(__file__).parents[2]
START_SECONDS = 40


def database_url() -> str:
    """Return the address of the test's own database, which only this process's settings know."""
    found = connection.settings_dict
    user, password = quote(found["USER"]), quote(found["PASSWORD"])
    return f"postgres://{user}:{password}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


class Web:
    """One web process."""

    def __init__(self, log: Path, *options: str, **environment: str) -> None:
        self.port = free_port()
        self._log = log
        self._options = options
        self._environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; `wait_until_up` says when it answers."""
        own = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "REDIS_PREFIX": settings.REDIS_PREFIX,
            "DATABASE_POOL_THREADS": "4",
            "LOG_FORMAT": "json",
        }
        command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(self.port)]
        # As in the Procfile.
        command += ["--websocket-max-message-size", "65536", "--ping-interval", "5", "--ping-timeout", "10"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._options, "config.asgi:application"],
                cwd=ROOT,
                env=os.environ | own | self._environment,
                stdout=log,
                stderr=log,
            )

    def wait_until_up(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._running.poll() is None:
            with contextlib.suppress(OSError), socket_to(self.port):
                return
            time.sleep(0.05)
        raise AssertionError(self.log())

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    @property
    def pid(self) -> int:
        return self._running.pid

    def send(self, number: signal.Signals) -> None:
        self._running.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Wait for its end and return its exit code."""
        return self._running.wait(timeout=seconds)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        if self.process is not None and self.is_running:
            self.process.kill()
            self.process.wait(timeout=10)

    def log(self) -> str:
        return self._log.read_text()

    @property
    def resident_kb(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])


def socket_to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 1)


def pause(webs: Iterable[Web]) -> None:
    """Stop the processes at a moment when none of them is at work in the database, whose tables are emptied next."""
    running = [web for web in webs if web.is_running]
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        for web in running:
            web.send(signal.SIGSTOP)
        if not _others_at_work():
            return
        for web in running:
            web.send(signal.SIGCONT)
        time.sleep(0.01)
    msg = "Somebody is at work in the test's database and does not end."
    raise AssertionError(msg)


def _others_at_work() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
        )
        (number,) = cursor.fetchone()
    return bool(number)


def cookie_of(user: User) -> str:
    """Return the session cookie of somebody who has just logged in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Wire:
    """A client's socket: sends frames and waits for those it wants, in whatever order others come."""

    def __init__(self, link: websockets.ClientConnection) -> None:
        self.link = link
        self.frames: list[dict[str, Any]] = []
        self._seen = 0

    async def send(self, kind: str, /, **keys: Any) -> None:
        await self.link.send(json.dumps({**keys, "type": kind}))

    async def hear(self, kind: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Return the next frame of this type that is wanted, dropping those before it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame: dict[str, Any] = json.loads(await self.link.recv())
                self.frames.append(frame)
                if frame["type"] == kind and wanted(frame):
                    return frame

    async def ask(self, kind: str, /, **keys: Any) -> dict[str, Any]:
        """Send a command; return its `ok`, or its `error` without the sentence."""
        await self.send(kind, id="c1", **keys)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame: dict[str, Any] = json.loads(await self.link.recv())
                self.frames.append(frame)
                if frame["type"] in {"ok", "error"}:
                    frame.pop("message", None)
                    return frame

    async def hello(self, last_seq: int = 0) -> dict[str, Any]:
        """Greet; return the frame after `welcome`."""
        await self.send("hello", last_seq=last_seq)
        await self.hear("welcome")
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.link.recv(), PATIENCE_SECONDS))
        return frame

    async def closed(self) -> int | None:
        """Read until the other side closes; return its code."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    self.frames.append(json.loads(await self.link.recv()))
        return self.link.close_code

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for frame in self.frames if frame["type"] == "events" for event in frame["events"]]


@contextlib.asynccontextmanager
async def wire(web: Web, path: str, cookie: str = "", **options: Any) -> AsyncIterator[Wire]:
    """Open a socket as a browser with our page would."""
    headers = {"Cookie": cookie} if cookie else {}
    site = options.pop("site", f"127.0.0.1:{web.port}")
    async with websockets.connect(
        f"ws://{site}{path}",
        host="127.0.0.1",
        port=web.port,
        origin=options.pop("origin", f"http://{site}"),
        additional_headers=headers | options.pop("headers", {}),
        compression=None,
        proxy=None,
        **options,
    ) as link:
        yield Wire(link)
