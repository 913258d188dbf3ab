"""Writes down what people who agreed say: a file for each of them, straight from their packets.

The relay's loop only puts packets into a bounded queue; one thread does what touches the disk. When the disk is full
or the thread does not keep up, packets are dropped and counted, and the relay goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import av
import structlog

from media.relay.messages import RefusalCode, RefusalError
from media.relay.recording_part import Order, Part

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from pathlib import Path

    from media.relay.rtp import RtpPacket

log = structlog.get_logger(__name__)

PARTS_FOLDER: Final = "parts"
# Fifteen seconds of thirteen people who all talk.
QUEUE_LIMIT: Final = 10_000
TICK_SECONDS: Final = 0.05
# Whoever says nothing for so long has their file closed; what they say later goes into another.
IDLE_SECONDS: Final = 10.0
# A speaker begins no two files within so long: a source that changes with each packet must not fill the folder.
NEW_PART_SECONDS: Final = 0.5
# After a failure it is not tried again for so long.
RETRY_SECONDS: Final = 5.0
STOP_SECONDS: Final = 5.0
# A recording that has ended never begins again. A word to begin that was overtaken by the word to stop comes within
# seconds; so many recordings do not end meanwhile.
ENDED_REMEMBERED: Final = 1000
# Below this much free space nothing more is written: databases and logs may live on the same disk.
FREE_BYTES: Final = 256 * 1024 * 1024
# A name that can be no path; ids of people and recordings are of this kind.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class CannotRecordError(RefusalError):
    """What is said cannot be written down."""

    code = RefusalCode.FAILED


@dataclass(frozen=True)
class _Wanted:
    recording: str
    persons: frozenset[str]


@dataclass(frozen=True)
class _Stop:
    """Close a recording's files, and let the loop know if somebody waits."""

    recording: str
    done: asyncio.Future[None] | None = None


@dataclass(frozen=True)
class _Check:
    recording: str


_Job: TypeAlias = "tuple[str, str, RtpPacket] | _Stop | _Check"


class Recordings:
    """What this relay records. All methods but the thread's own are for the loop."""

    def __init__(self, root: Path, counts: Counter[str], *, free_bytes: int = FREE_BYTES) -> None:
        self._counts = counts
        self._rooms: dict[str, _Wanted] = {}
        self._over: OrderedDict[str, None] = OrderedDict()
        self._queue: deque[_Job] = deque()
        self._disk = _Disk(root, counts, free_bytes)
        self._wake = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    def record(self, room: str, recording: str, persons: Iterable[str]) -> None:
        """Write down what these people, and nobody else, say in the room from now on.

        Said again it replaces the list; said of a recording that has ended, it changes nothing. Raises
        CannotRecordError if the disk did not take what was said lately, or a name could lead out of the folder; the
        wish stands nevertheless and is tried again.
        """
        names = frozenset(persons)
        if not all(_PLAIN.fullmatch(name) for name in (recording, *names)):
            raise CannotRecordError
        if recording in self._over:
            return
        before = self._rooms.get(room)
        self._rooms[room] = _Wanted(recording, names)
        if before is not None and before.recording != recording:
            self._remember_over(before.recording)
            self._queue.append(_Stop(before.recording))
        self._start()
        self._queue.append(_Check(recording))
        if recording in self._disk.failing:
            raise CannotRecordError

    async def stop(self, room: str, recording: str) -> None:
        """End a room's recording; its files are closed when this returns. Done also if there is none.

        Raises CannotRecordError if the disk does not come to an end.
        """
        self._remember_over(recording)
        wanted = self._rooms.get(room)
        if wanted is not None and wanted.recording == recording:
            del self._rooms[room]
        if self._thread is None:
            return
        done = asyncio.get_running_loop().create_future()
        self._queue.append(_Stop(recording, done))
        self._wake.set()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await done
        except TimeoutError:
            raise CannotRecordError from None

    def write(self, room: str, person: str, packet: RtpPacket) -> None:
        """Take a packet if its speaker is recorded. Never waits."""
        wanted = self._rooms.get(room)
        if wanted is None or person not in wanted.persons:
            return
        if len(self._queue) >= QUEUE_LIMIT:
            self._counts["recording_dropped"] += 1
            return
        self._queue.append((wanted.recording, person, packet))

    def close(self) -> None:
        """Write what was taken, close all files and end. For a relay that is about to stop."""
        self._rooms.clear()
        self._ended = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _remember_over(self, recording: str) -> None:
        self._over[recording] = None
        if len(self._over) > ENDED_REMEMBERED:
            self._over.popitem(last=False)

    def _start(self) -> None:
        if self._thread is None and not self._ended:
            self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """Do what stands in the queue. This is the thread."""
        while not self._ended or self._queue:
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
            while self._queue:
                self._do(self._queue.popleft())
            self._disk.close_idle(time.time())
        self._disk.close_all()

    def _do(self, job: _Job) -> None:
        try:
            if isinstance(job, _Stop):
                self._disk.close_recording(job.recording)
                _settle(job.done)
            elif isinstance(job, _Check):
                self._disk.check(job.recording)
            else:
                self._disk.write(*job)
        except Exception:
            # Without this thread nobody would be recorded any more.
            log.exception("recording_failed")
            self._counts["recording_failed"] += 1


def _settle(done: asyncio.Future[None] | None) -> None:
    """Let the loop know from the thread."""

    def settle() -> None:
        if done is not None and not done.done():
            done.set_result(None)

    # A loop that is closed by now waits for nothing.
    with contextlib.suppress(RuntimeError):
        if done is not None:
            done.get_loop().call_soon_threadsafe(settle)


class _Voice:
    """One speaker in one recording: the order of their packets and the piece that is open."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.part: Part | None = None
        self.heard_at = 0.0
        self.began_at = 0.0


class _Disk:
    """The files. Only the thread calls it; `failing` is read by the loop."""

    def __init__(self, root: Path, counts: Counter[str], free_bytes: int) -> None:
        self._root = root
        self._counts = counts
        self._free_bytes = free_bytes
        self._voices: dict[tuple[str, str], _Voice] = {}
        self._retry_at: dict[str, float] = {}
        self._checked_at: dict[str, float] = {}
        self.failing: frozenset[str] = frozenset()

    def check(self, recording: str) -> None:
        """Find out whether the recording's files can be written, and say so in `failing`."""
        try:
            folder = self._folder(recording)
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < self._free_bytes:
                self._fail(recording, "disk_full")
                return
            probe = folder / f".probe-{threading.get_ident()}"
            probe.write_bytes(b"1")
            probe.unlink()
        except OSError as error:
            self._fail(recording, type(error).__name__)
        else:
            self._checked_at[recording] = time.monotonic()
            self._retry_at.pop(recording, None)
            self.failing -= {recording}

    def write(self, recording: str, person: str, packet: RtpPacket) -> None:
        if not self._may_write(recording):
            self._counts["recording_unwritten"] += 1
            return
        voice = self._voices.setdefault((recording, person), _Voice())
        voice.heard_at = time.time()
        order = voice.orders.setdefault(packet.ssrc, Order())
        late = order.late
        for ready in order.push(packet):
            self._put(recording, person, voice, ready)
        self._counts["recording_late"] += order.late - late
        if len(voice.orders) > 1:
            self._leave_older(recording, person, voice, packet.ssrc)

    def close_recording(self, recording: str) -> None:
        for key in [key for key in self._voices if key[0] == recording]:
            self._close_voice(key)
        self._retry_at.pop(recording, None)
        self._checked_at.pop(recording, None)
        self.failing -= {recording}

    def close_idle(self, now: float) -> None:
        for key in [key for key, voice in self._voices.items() if now - voice.heard_at > IDLE_SECONDS]:
            self._close_voice(key)

    def close_all(self) -> None:
        for key in list(self._voices):
            self._close_voice(key)

    def _folder(self, recording: str) -> Path:
        return self._root / recording / PARTS_FOLDER

    def _may_write(self, recording: str) -> bool:
        """Look at the disk now and then; after a failure leave it alone for a while."""
        now = time.monotonic()
        if now < self._retry_at.get(recording, 0.0):
            return False
        if now - self._checked_at.get(recording, -RETRY_SECONDS) >= RETRY_SECONDS:
            self.check(recording)
        return recording not in self.failing

    def _leave_older(self, recording: str, person: str, voice: _Voice, ssrc: int) -> None:
        """A new source has taken over: what still waits of the older ones is all that will come."""
        for older in [other for other in voice.orders if other != ssrc]:
            for ready in voice.orders.pop(older).flush():
                self._put(recording, person, voice, ready)

    def _put(self, recording: str, person: str, voice: _Voice, packet: RtpPacket) -> None:
        try:
            if voice.part is not None and not voice.part.fits(packet):
                part, voice.part = voice.part, None
                part.close()
            if voice.part is None and not self._begin(recording, person, voice, packet):
                return
            assert voice.part is not None
            voice.part.write(packet)
        except (OSError, av.FFmpegError) as error:
            self._drop_part(voice)
            self._fail(recording, type(error).__name__)

    def _begin(self, recording: str, person: str, voice: _Voice, packet: RtpPacket) -> bool:
        if abs(packet.arrival - voice.began_at) < NEW_PART_SECONDS:
            self._counts["recording_unwritten"] += 1
            return False
        voice.part, voice.began_at = Part(self._folder(recording), person, packet), packet.arrival
        return True

    def _close_voice(self, key: tuple[str, str]) -> None:
        voice = self._voices.pop(key)
        for order in voice.orders.values():
            for ready in order.flush():
                self._put(*key, voice, ready)
        if voice.part is None:
            return
        try:
            voice.part.close()
        except (OSError, av.FFmpegError) as error:
            self._fail(key[0], type(error).__name__)

    def _drop_part(self, voice: _Voice) -> None:
        part, voice.part = voice.part, None
        if part is not None:
            with contextlib.suppress(OSError, av.FFmpegError):
                part.close()

    def _fail(self, recording: str, why: str) -> None:
        """Note that the disk does not take it; said once in the log until it does again."""
        if recording not in self.failing:
            log.warning("recording_unwritable", recording=recording, why=why)
            self.failing |= {recording}
        self._counts["recording_failed"] += 1
        self._retry_at[recording] = time.monotonic() + RETRY_SECONDS
