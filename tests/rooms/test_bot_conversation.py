"""Voices of one room who take turns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rooms.bot import conversation
from rooms.bot.conversation import Turn, converse
from tests.relay.peers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class FakeVoice:
    """Says a clip at once."""

    def __init__(self, name: str, said: list[str]) -> None:
        self.is_open = True
        self._name = name
        self._said = said

    async def say(self, clip: Path) -> bool:
        self._said.append(f"{self._name}: {clip.name}")
        return True


class FakeSpeaker:
    """Somebody in a room with so many people."""

    def __init__(self, name: str, said: list[str]) -> None:
        self.voice = FakeVoice(name, said)
        self.others = asyncio.Event()
        self.asked: list[int] = []

    async def accompanied(self, own: int) -> None:
        self.asked.append(own)
        await self.others.wait()


class Stage:
    """Two fake speakers, and what was said."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.one, self.other = FakeSpeaker("one", self.said), FakeSpeaker("other", self.said)
        turns = [Turn(self.one, folder / "a"), Turn(self.other, folder / "b"), Turn(self.one, folder / "c")]  # type: ignore[arg-type]
        self.task = asyncio.create_task(converse(turns))

    def enter(self) -> None:
        self.one.others.set()
        self.other.others.set()


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(conversation, "PAUSE_SECONDS", 0.001)
    made = Stage(tmp_path)
    yield made
    made.task.cancel()


async def test_speakers_take_turns_and_begin_again(stage: Stage) -> None:
    stage.enter()

    await until(lambda: len(stage.said) >= 4, "four turns")

    assert stage.said[:4] == ["one: a", "other: b", "one: c", "one: a"]


async def test_nobody_speaks_in_an_empty_room(stage: Stage) -> None:
    await until(lambda: stage.one.asked == [2], "asked")
    assert stage.said == []

    stage.enter()

    await until(lambda: len(stage.said) >= 1, "first turn")
    assert stage.said[0] == "one: a"


async def test_whoever_is_muted_is_passed_over(stage: Stage) -> None:
    stage.one.voice.is_open = False
    stage.enter()

    await until(lambda: len(stage.said) >= 2, "two turns")

    assert stage.said[:2] == ["other: b", "other: b"]
