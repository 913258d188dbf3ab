"""The numbered state of one room as one web process knows it: events in order, without a gap, each once.

What is published may come late, twice, in any order or never; what is missing is read from the database.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any

import structlog

from config.lib.db import in_pool
from rooms.enums import COMING, OVER, Role
from rooms.protocol import encode
from rooms.selectors import events_after, room_snapshot
from rooms.state import State, apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.selectors.people import PersonCard
    from config.lib.daphne_sockets import Frame

log = structlog.get_logger(__name__)

BATCH_SECONDS = 0.05
# Events kept for clients that come back after a short absence.
RECENT = 256


class EventStream(ABC):
    """A room's state, and the events that lead to it. Everything here runs on the hub's event loop."""

    def __init__(self, room_id: str) -> None:
        self.id = room_id
        self.seq = 0
        self.state: State | None = None
        self._heard = 0
        self._waiting: dict[int, dict[str, Any]] = {}
        self._recent: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._flushing: asyncio.Task[None] | None = None
        self._flushed_at = float("-inf")
        self._snapshot: Frame | None = None

    @abstractmethod
    async def tell(self, events: list[dict[str, Any]]) -> None:
        """Write the events, which the state has in it now, to who listens."""

    def close(self) -> None:
        """Forget what is planned."""
        if self._flushing is not None:
            self._flushing.cancel()

    async def load(self) -> None:
        """Read the state from the database. Raises NotFoundError."""
        self.seq, self.state = await in_pool(room_snapshot)(self.id)
        self._drop_known()
        self._schedule_flush()

    def take(self, events: Iterable[dict[str, Any]]) -> None:
        """Accept published events, in whatever order and however often they come."""
        for event in events:
            if event["seq"] > self.seq:
                self._waiting[event["seq"]] = event
        self._schedule_flush()

    def hear_of(self, seq: int) -> None:
        """Learn the room's current number; if it is ahead of ours, fetch what we missed."""
        if seq > self.seq:
            self._heard = max(self._heard, seq)
            self._schedule_flush()

    @property
    def stage_ids(self) -> list[str]:
        return [entry["person"]["id"] for entry in self.state["stage"]] if self.state else []

    @property
    def queue_ids(self) -> list[str]:
        return [entry["person"]["id"] for entry in self.state["hands"]] if self.state else []

    def role_of(self, person: PersonCard | None) -> Role:
        """Return what somebody with this card, or without one, is here."""
        if person is None:
            return Role.GUEST
        stage = self.state["stage"] if self.state else []
        return next((Role(entry["role"]) for entry in stage if entry["person"]["id"] == person["id"]), Role.LISTENER)

    @property
    def has_ended(self) -> bool:
        return self.state is not None and self.state["room"]["state"] in OVER

    @property
    def is_coming(self) -> bool:
        """Whether it has not begun: people look at its page or wait in its lobby, and nobody was there yet."""
        return self.state is not None and self.state["room"]["state"] in COMING

    @property
    def welcomes_guests(self) -> bool:
        """Whether people without an account may listen."""
        return self.state is None or self.state["room"]["guests_listen"]

    def _schedule_flush(self) -> None:
        behind = self._waiting or self._heard > self.seq
        if self.state is None or not behind or (self._flushing and not self._flushing.done()):
            return
        self._flushing = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Write what waits, in order and in one frame; the first event after a pause goes at once."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting or self._heard > self.seq:
                await asyncio.sleep(max(0.0, self._flushed_at + BATCH_SECONDS - loop.time()))
                events = await self._next_events()
                self._flushed_at = loop.time()
                if events:
                    self._apply(events)
                    await self.tell(events)
        except Exception:
            # The next tick hears of the room's number again and starts another attempt.
            self._heard = 0
            self._waiting.clear()
            log.exception("hub_flush_failed", room=self.id)

    async def _next_events(self) -> list[dict[str, Any]]:
        """Return the events that follow ours without a gap, from what was published or else from the database."""
        events = self._contiguous()
        ahead = max(self._heard, *self._waiting, 0) if self._waiting else self._heard
        if ahead > self.seq + len(events):
            missed = await in_pool(events_after)(self.id, self.seq + len(events))
            self._waiting.update((event["seq"], event) for event in missed)
            events += self._contiguous(after=len(events))
            if not events:
                # The database is what counts: a number that it does not know is not worth asking for again and again.
                self._heard = 0
                self._waiting.clear()
        return events

    def _contiguous(self, after: int = 0) -> list[dict[str, Any]]:
        events = []
        seq = self.seq + after
        while (event := self._waiting.pop(seq + 1, None)) is not None:
            events.append(event)
            seq += 1
        return events

    def _drop_known(self) -> None:
        self._waiting = {seq: event for seq, event in self._waiting.items() if seq > self.seq}

    def _apply(self, events: list[dict[str, Any]]) -> None:
        assert self.state is not None
        for event in events:
            self.state = apply(self.state, event)
        self.seq = events[-1]["seq"]
        self._snapshot = None
        self._drop_known()
        self._recent.extend(events)

    def catch_up(self, last_seq: int) -> Frame:
        """Return the frame that brings a client from `last_seq` to now: the missing events, or a snapshot."""
        recent = [event for event in self._recent if event["seq"] > last_seq]
        if last_seq == self.seq or (recent and recent[0]["seq"] == last_seq + 1 and last_seq > 0):
            return encode({"type": "events", "events": recent})
        if self._snapshot is None:
            self._snapshot = encode({"type": "snapshot", "seq": self.seq, "state": self.state})
        return self._snapshot

    def speaks(self, person: PersonCard | None) -> bool:
        """Say whether somebody's microphone is on."""
        stage = self.state["stage"] if self.state and person else []
        return any(person and entry["person"]["id"] == person["id"] and not entry["muted"] for entry in stage)
