"""Audio files as what a speaker sends: 20 ms of mono, 48,000 samples a second."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError
from django.utils.translation import gettext as _

from rooms.bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

RATE = 48_000
SAMPLES = 960
FRAME_SECONDS = SAMPLES / RATE
SILENCE = bytes(2 * SAMPLES)
# Read at a time, off the loop: a second.
FRAMES_AT_ONCE = 50


def check_clip(path: Path) -> None:
    """Raise BotError if the file cannot be played at all."""
    if not path.is_file():
        raise BotError(_("There is no file %(path)s.") % {"path": path})
    if path.stat().st_size == 0:
        raise BotError(_("%(path)s is empty.") % {"path": path})
    if next(_frames(path), None) is None:
        raise BotError(_("%(path)s holds no sound.") % {"path": path})


async def clip_frames(path: Path) -> AsyncIterator[bytes]:
    """Yield the file's sound as frames of 960 16-bit samples, the last one filled up. Raises BotError."""
    frames = _frames(path)
    while chunk := await asyncio.to_thread(lambda: list(itertools.islice(frames, FRAMES_AT_ONCE))):
        for frame in chunk:
            yield frame


def _frames(path: Path) -> Iterator[bytes]:
    try:
        yield from _decoded(path)
    except (FFmpegError, OSError) as error:
        msg = _("%(path)s cannot be read as sound (%(reason)s).") % {"path": path, "reason": error.strerror}
        raise BotError(msg) from error


def _decoded(path: Path) -> Iterator[bytes]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=SAMPLES)
    with path.open("rb") as file, av.open(file, "r") as container:
        if not container.streams.audio:
            return
        for frame in container.decode(container.streams.audio[0]):
            yield from (_samples(whole) for whole in resampler.resample(frame))
        yield from (_samples(rest) for rest in resampler.resample(None))


def _samples(frame: av.AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: 2 * frame.samples].ljust(2 * SAMPLES, b"\0")
