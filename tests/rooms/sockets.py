"""Sockets and clients without a network, for tests of the hub."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from config.lib.handshake import Visitor
from rooms.state import apply

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from config.lib.daphne_sockets import Frame
    from rooms.hub.room import HubRoom


PATIENCE_SECONDS = 10.0


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; fail if it never does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 (it asks about anything, most of which has no event to wait for)
            await asyncio.sleep(0.005)


class MemorySocket:
    """Keeps what it is sent."""

    def __init__(self, person: Any = None) -> None:
        self.person = person
        self.ready = False
        self.device = self.session = ""
        self.seated_at = 0
        self.visitor = Visitor()
        self.removal = 0
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        # For how long the line has been silent, and how often it was asked for a sign of life.
        self.silence = 0.0
        self.pings: list[float] = []

    def silent_for(self) -> float:
        return self.silence

    def forgive(self) -> None:
        self.silence = 0.0

    def ping_every(self, seconds: float) -> None:
        self.pings.append(seconds)

    async def write(self, frame: Frame) -> None:
        self.frames.append(json.loads(frame.text))

    async def close(self, code: int) -> None:
        self.closed = code

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def seqs(self) -> list[list[int]]:
        """The numbers of the events in each frame of events."""
        return [[event["seq"] for event in frame["events"]] for frame in self.of_type("events")]


class Client(MemorySocket):
    """A client that follows docs/protocol.md, behind a line that loses, doubles and reorders while `faults` is set."""

    def __init__(self, room: HubRoom, faults: random.Random | None) -> None:
        super().__init__()
        self.room = room
        self.faults = faults
        self.seq = 0
        self.state: Any = None
        self._late: list[dict[str, Any]] = []

    def connect(self) -> None:
        self.room.sockets.add(self)
        self.room.greet(self)
        self._hear(json.loads(self.room.catch_up(self.seq).text))

    def disconnect(self) -> None:
        self.room.remove(self)
        self._late.clear()

    async def write(self, frame: Frame) -> None:
        self._arrive(json.loads(frame.text))

    def _arrive(self, frame: dict[str, Any]) -> None:
        if self.faults is None:
            self._hear(frame)
            return
        fate = self.faults.random()
        if fate < 0.2:
            return
        if fate < 0.4:
            self._late.append(frame)
            return
        self._hear(frame)
        if fate < 0.6:
            self._hear(frame)
        while self._late and self.faults.random() < 0.5:
            self._hear(self._late.pop(0))

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "snapshot":
            if self.state is None or frame["seq"] >= self.seq:
                self.seq, self.state = frame["seq"], frame["state"]
        elif frame["type"] == "events":
            for event in frame["events"]:
                self._take(event)
        elif frame["type"] == "pulse" and frame["seq"] > self.seq:
            self._resync()

    def _take(self, event: dict[str, Any]) -> None:
        if self.state is not None and event["seq"] == self.seq + 1:
            self.seq, self.state = event["seq"], apply(self.state, event)
        elif event["seq"] > self.seq:
            self._resync()

    def _resync(self) -> None:
        """Ask for what is missing; the question or its answer may be lost as well."""
        if self.faults is None or self.faults.random() < 0.7:
            frame = json.loads(self.room.catch_up(self.seq).text)
            if frame["type"] == "snapshot":
                self.seq, self.state = frame["seq"], frame["state"]
            else:
                for event in frame["events"]:
                    if event["seq"] == self.seq + 1:
                        self.seq, self.state = event["seq"], apply(self.state, event)
