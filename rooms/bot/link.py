"""One open socket in a room, as docs/protocol.md has it: greets, keeps the room's state, asks and is answered."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from rooms.state import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets import ClientConnection

    from rooms.state import StageEntry, State

ANSWER_SECONDS = 8.0
RESYNC_SECONDS = 1.0


class RefusedError(Exception):
    """The room refused a command; the text is its own, in the account's language."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Link:
    """The client's end of one socket. `on_change` hears of every frame that may matter."""

    def __init__(self, socket: ClientConnection, on_change: Callable[[], None]) -> None:
        self._socket = socket
        self._on_change = on_change
        self._ids = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._welcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.you = ""
        self.seq = 0
        self.state: State | None = None
        # Everybody who is connected, with and without an account; 0 as long as nobody has said.
        self.audience = 0
        # Media sessions that the server says are gone, with its reason.
        self.gone: dict[str, str] = {}
        # Seconds after which the server wants us to come back; None while it stays.
        self.come_back: float | None = None
        self._behind = False
        self._asked_at = float("-inf")

    async def read(self) -> None:
        """Take frames until the server wants us to come back. Raises websockets.ConnectionClosed at the end."""
        while self.come_back is None:
            self._take(json.loads(await self._socket.recv()))
            await self._catch_up()
            self._on_change()

    async def greet(self) -> str:
        """Say hello; return whom the server takes us for, "" for a guest. Raises TimeoutError."""
        await self._send("hello", last_seq=0)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._welcome

    async def ask(self, kind: str, /, **keys: Any) -> dict[str, Any]:
        """Send a command and return its answer. Raises RefusedError, TimeoutError, ConnectionClosed."""
        number = str(next(self._ids))
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await self._send(kind, id=number, **keys)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        finally:
            del self._answers[number]

    def seat(self) -> StageEntry | None:
        """Return our place on the stage."""
        stage = self.state["stage"] if self.state else []
        return next((entry for entry in stage if entry["person"]["id"] == self.you), None)

    async def _send(self, kind: str, /, **keys: Any) -> None:
        await self._socket.send(json.dumps({**keys, "type": kind}))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self.you = frame["you"]["id"] if frame["you"] else ""
                if not self._welcome.done():
                    self._welcome.set_result(self.you)
            case "snapshot":
                self.seq, self.state = frame["seq"], frame["state"]
            case "events":
                self._apply(frame["events"])
            case "pulse":
                self._hear_pulse(frame)
            case "ok" | "error":
                self._answer(frame)
            case "media.gone":
                self.gone[frame["media_session"]] = frame["reason"]
            case "reconnect":
                self.come_back = frame["after_ms"] / 1000

    def _apply(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            if self.state is not None and event["seq"] == self.seq + 1:
                self.seq, self.state = event["seq"], apply(self.state, event)
            elif event["seq"] > self.seq:
                self._behind = True

    def _hear_pulse(self, frame: dict[str, Any]) -> None:
        self._behind = self._behind or frame["seq"] > self.seq
        self.audience = frame["audience"]["people"] + frame["audience"]["guests"]

    async def _catch_up(self) -> None:
        """Ask for what is missing, but not again at once: the answer may be on its way."""
        now = time.monotonic()
        if self._behind and now - self._asked_at > RESYNC_SECONDS:
            self._behind, self._asked_at = False, now
            await self._send("resync", last_seq=self.seq)

    def _answer(self, frame: dict[str, Any]) -> None:
        answer = self._answers.get(frame["id"])
        if answer is None or answer.done():
            return
        if frame["type"] == "ok":
            answer.set_result(frame)
        else:
            answer.set_exception(RefusedError(frame["code"], frame["message"]))
