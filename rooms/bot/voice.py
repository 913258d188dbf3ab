"""What one speaker says: clips in, paced frames out to whichever connection carries them now."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import TYPE_CHECKING

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from rooms.bot.clips import FRAME_SECONDS, RATE, SAMPLES, SILENCE, clip_frames

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Frames that wait to be sent: enough to bridge the reading of a file, little to hear after a cut.
WAITING_FRAMES = 5
# Later than this, frames are not sent in a burst; the stream's clock jumps ahead instead, as after a silence.
LATE_SECONDS = 0.2


class Voice:
    """One speaker's sound. It is let out while open; closing it delays a clip, cutting it ends the clip."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING_FRAMES)
        self._open = asyncio.Event()
        self._was_cut = False

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    async def opened(self) -> None:
        """Wait until sound is let out."""
        await self._open.wait()

    def open(self) -> None:
        """Let sound out; a clip that waited goes on."""
        self._open.set()

    def close(self) -> None:
        """Keep sound back for now: there is no connection."""
        self._open.clear()

    def cut(self) -> None:
        """Keep sound back and end the clip that plays: somebody has closed the microphone."""
        self._open.clear()
        self._was_cut = True
        self._empty()

    async def say(self, clip: Path) -> bool:
        """Play a clip; return whether it was heard to its end, so not cut. Raises BotError for one it cannot read."""
        self._was_cut = False
        async for frame in _framed(clip):
            await self._frames.put(frame)
            if self._was_cut:
                self._empty()
                return False
        await self._frames.join()
        return not self._was_cut

    async def next_frame(self) -> bytes:
        """Return the next frame as soon as there is one and the voice is open."""
        while True:
            await self._open.wait()
            frame = await self._frames.get()
            self._frames.task_done()
            if self._open.is_set():
                return frame

    def _empty(self) -> None:
        while not self._frames.empty():
            self._frames.get_nowait()
            self._frames.task_done()


async def _framed(clip: Path) -> AsyncIterator[bytes]:
    """Yield the clip's frames between two of silence.

    After a pause aiortc's encoder still gives its first packet the time of the one before, and it keeps the last few
    milliseconds back: both should be silence.
    """
    yield SILENCE
    async for frame in clip_frames(clip):
        yield frame
    yield SILENCE


class SpeechTrack(MediaStreamTrack):
    """A voice as one connection sends it: a frame each 20 ms, and nothing at all in silence (as with DTX)."""

    kind = "audio"

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice
        self._due: float | None = None
        self._pts = 0

    async def recv(self) -> AudioFrame:
        """Return the next frame when it is due. Raises MediaStreamError once the connection is closed."""
        samples = await self._voice.next_frame()
        if self.readyState != "live":
            raise MediaStreamError
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(samples)
        frame.pts = await self._next_pts()
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        return frame

    async def _next_pts(self) -> int:
        """Wait until the next frame is due and return its time in samples, which goes on during silence."""
        now = asyncio.get_running_loop().time()
        due = now if self._due is None else self._due
        if now - due > LATE_SECONDS:
            skipped = round((now - due) / FRAME_SECONDS)
            due += skipped * FRAME_SECONDS
            self._pts += skipped * SAMPLES
        await asyncio.sleep(due - now)
        pts = self._pts
        self._due = due + FRAME_SECONDS
        self._pts += SAMPLES
        return pts
