"""Several speakers of one process who take turns, as long as somebody else is in the room."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rooms.bot.speaker import Speaker

# Between two turns, as people leave it.
PAUSE_SECONDS = 0.8


class Turn(NamedTuple):
    """Who says what."""

    speaker: Speaker
    clip: Path


async def converse(turns: Sequence[Turn], *, beside: int = 0) -> None:
    """Let the speakers talk in turn, for ever; while nobody listens they are silent. Raises BotError.

    `beside` is how many others are in the room who do not listen either.
    """
    own = len({turn.speaker for turn in turns}) + beside
    for turn in itertools.cycle(turns):
        await turn.speaker.accompanied(own)
        # Whoever is muted, or not on the stage, is passed over.
        if turn.speaker.voice.is_open:
            await turn.speaker.voice.say(turn.clip)
        await asyncio.sleep(PAUSE_SECONDS)
