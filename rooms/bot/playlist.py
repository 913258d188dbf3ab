"""What a bot says, in which order, and how its work begins and ends."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from pathlib import Path

    from rooms.bot.speaker import Speaker
    from rooms.bot.voice import Voice


class Playlist(NamedTuple):
    """Clips, seconds between two, and whether the first follows the last."""

    clips: list[Path]
    pause: float
    again: bool


async def play(voice: Voice, playlist: Playlist) -> None:
    """Say everything, from the moment that somebody can hear it. Raises BotError."""
    await voice.opened()
    pause = 0.0
    while True:
        for clip in playlist.clips:
            await asyncio.sleep(pause)
            await voice.say(clip)
            pause = playlist.pause
        if not playlist.again:
            return


async def perform(speakers: Iterable[Speaker], *work: Coroutine[None, None, None]) -> None:
    """Let the speakers be in their rooms until one piece of `work` is done, then leave in order.

    Raises BotError if a speaker or the work cannot go on.
    """
    speakers = list(speakers)
    tasks = [asyncio.create_task(one) for one in (*work, *(speaker.run() for speaker in speakers))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await asyncio.gather(*(speaker.leave() for speaker in speakers))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def told_to_stop() -> None:
    """Return on SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
