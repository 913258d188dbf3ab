"""A clock for what runs on an event loop: a test moves it, and sleeping costs no time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class LoopClock:
    """The loop's clock, which a test moves: sleeping costs no time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._loop = loop
        self._sleep = asyncio.sleep
        monkeypatch.setattr(loop, "time", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await self._sleep(0)
            return
        waker: asyncio.Future[None] = self._loop.create_future()
        self._sleepers.append((self.now + seconds, waker))
        await waker

    async def settle(self) -> None:
        """Let everybody do what they can do now."""
        for _ in range(6):
            await self._sleep(0)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass; whoever slept so long wakes, in order."""
        await self.settle()
        until = self.now + seconds
        while due := sorted((at, n) for n, (at, _) in enumerate(self._sleepers) if at <= until + 1e-9):
            at, number = due[0]
            self.now = max(self.now, at)
            _, waker = self._sleepers.pop(number)
            if not waker.done():
                waker.set_result(None)
            await self.settle()
        self.now = until
