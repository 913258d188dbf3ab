"""What the relay writes of speakers: files that hold all they said at its time, whatever lines and disks do."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from media.relay import recording, recording_part
from media.relay.recording import CannotRecordError, Recordings
from media.relay.recording_part import WINDOW, Order, samples_in
from tests.factories.sound import BEGAN, DTX, near, opus, rtp, sound_of, spans, tone
from tests.relay.peers import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from media.relay.rtp import RtpPacket

ROOT = Path(__file__).parents[2]
RECORDING = "R1"


class Desk:
    """A recording of one room."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.root = root
        self.counts: Counter[str] = Counter()
        self.recordings = Recordings(root, self.counts, **options)

    @property
    def folder(self) -> Path:
        return self.root / RECORDING / "parts"

    def record(self, *persons: str) -> None:
        self.recordings.record("room", RECORDING, persons)

    def say(self, packets: Iterable[RtpPacket], person: str = "ada") -> None:
        for packet in packets:
            self.recordings.write("room", person, packet)

    async def stop(self) -> None:
        await self.recordings.stop("room", RECORDING)

    def files(self, suffix: str = ".ogg") -> list[Path]:
        return sorted(self.folder.glob(f"*{suffix}"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.recordings.close()


def marks(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_only_whom_is_named_is_written_and_only_until_the_stop(desk: Desk) -> None:
    said = rtp(opus(tone(440, 1)))
    desk.say(said)
    desk.record("ada", "cy")
    desk.say(said)
    desk.say(rtp(opus(tone(880, 1)), ssrc=2), person="ben")
    desk.say(rtp(opus(tone(660, 1)), ssrc=3), person="cy")
    await desk.stop()
    desk.say(rtp(opus(tone(440, 1)), ssrc=4))
    await desk.stop()

    assert [path.name.split(".")[0] for path in desk.files()] == ["ada", "cy"]
    assert [spans(sound_of(path), hertz) for path, hertz in zip(desk.files(), (440, 660), strict=True)] == [
        near((0, 1)),
        near((0, 1)),
    ]


async def test_list_that_is_said_again_replaces_the_first(desk: Desk) -> None:
    desk.record("ada")
    desk.record("ben")
    desk.say(rtp(opus(tone(440, 1))))
    desk.say(rtp(opus(tone(440, 1)), ssrc=2), person="ben")
    await desk.stop()
    assert [path.name.split(".")[0] for path in desk.files()] == ["ben"]


async def test_another_recording_of_the_room_takes_the_place_of_the_first(desk: Desk) -> None:
    desk.record("ada")
    desk.say(rtp(opus(tone(440, 1))))
    desk.recordings.record("room", "R2", ["ada"])
    packets = rtp(opus(tone(880, 2)), ssrc=2)
    desk.say(packets[:50])
    await desk.recordings.stop("room", RECORDING)
    desk.say(packets[50:])
    await desk.recordings.stop("room", "R2")
    (second,) = (desk.root / "R2" / "parts").glob("*.ogg")
    assert [spans(sound_of(desk.files()[0]), 440), spans(sound_of(second), 880)] == [near((0, 1)), near((0, 2))]


@pytest.mark.parametrize("replaced", [False, True])
async def test_recording_that_has_ended_does_not_begin_again(desk: Desk, replaced: bool) -> None:
    """The word to begin may be overtaken by the word to stop; nobody would say stop again."""
    desk.record("ada")
    desk.say(rtp(opus(tone(440, 1))))
    if replaced:
        desk.recordings.record("room", "R2", ["ben"])
    else:
        await desk.stop()
    desk.record("ada")
    desk.say(rtp(opus(tone(880, 1)), ssrc=2))
    desk.say(rtp(opus(tone(660, 1)), ssrc=3), person="ben")
    await desk.stop()
    await desk.recordings.stop("room", "R2")
    assert [spans(sound_of(path), 440) for path in desk.files()] == [near((0, 1))]
    assert len(list(desk.root.glob("R2/parts/*.ogg"))) == replaced


@pytest.mark.parametrize(("others", "written"), [(2, 0), (3, 1)])
async def test_so_many_ended_recordings_are_remembered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, others: int, written: int
) -> None:
    monkeypatch.setattr(recording, "ENDED_REMEMBERED", 3)
    await desk.stop()
    for number in range(others):
        await desk.recordings.stop("room", f"other{number}")
    desk.record("ada")
    desk.say(rtp(opus(tone(440, 1))))
    desk.recordings.close()
    assert len(desk.files()) == written


async def test_stop_without_a_recording_is_done(desk: Desk) -> None:
    await desk.recordings.stop("room", "none yet")
    desk.record("ada")
    await desk.recordings.stop("other room", "other recording")
    desk.say(rtp(opus(tone(440, 1))))
    await desk.stop()
    assert len(desk.files()) == 1


async def test_order_is_kept_across_the_wrap_of_numbers_and_times(desk: Desk) -> None:
    """Doubled, and mixed up within what is waited for."""
    packets = rtp(opus(tone(440, 2)), sequence=65_500, timestamp=2**32 - 48_000)
    chance = random.Random(7)
    mixed = [packets[0], *sorted(packets[1:], key=lambda p: p.arrival + chance.uniform(0, 0.1))]
    desk.record("ada")
    desk.say(packet for packet in mixed for _ in range(2))
    await desk.stop()
    assert [spans(sound_of(path), 440) for path in desk.files()] == [near((0, 2))]
    assert desk.counts["recording_late"] == len(packets)


@pytest.mark.parametrize(("behind", "order"), [(WINDOW - 1, "kept"), (WINDOW, "kept"), (WINDOW + 1, "lost")])
def test_packet_is_waited_for_below_at_and_above_the_window(behind: int, order: str) -> None:
    first, late, *rest = rtp([b"\xf8\x00\x00"] * 30)
    queue = Order()
    arriving = [first, *rest[:behind], late, *rest[behind:]]
    out = [packet.sequence_number for packet in arriving for packet in queue.push(packet)]
    out += [packet.sequence_number for packet in queue.flush()]
    expected = [packet.sequence_number for packet in (first, late, *rest)]
    if order == "lost":
        expected.remove(late.sequence_number)
    assert (out, queue.late) == (expected, order == "lost")


async def test_what_is_missing_is_silence_of_its_length(desk: Desk) -> None:
    """A hole of 0.7 s where packets were lost, one of 5 s where the sender sent nothing, and some empty packets."""
    heard = opus(tone(440, 2.7))
    packets = rtp(heard)
    later = rtp([DTX, DTX, *opus(tone(440, 1))], sequence=235, timestamp=5000 + round(7.7 * 48_000), began=BEGAN + 7.7)
    desk.record("ada")
    desk.say([*packets[:50], *packets[85:], *later])
    await desk.stop()
    # A decoder needs a moment to find its voice again after a loss.
    assert [spans(sound_of(path), 440) for path in desk.files()] == [near((0, 1), (1.73, 2.7), (7.74, 8.74))]


@pytest.mark.parametrize(
    ("milliseconds", "channels"), [(10, 1), (20, 1), (40, 1), (60, 1), (120, 1), (10, 2), (20, 2), (60, 2)]
)
async def test_packets_of_any_length_and_in_stereo(desk: Desk, milliseconds: int, channels: int) -> None:
    packets = rtp(opus(tone(440, 2.4), milliseconds=milliseconds, channels=channels), samples=48 * milliseconds)
    assert {samples_in(packet.payload) for packet in packets} == {48 * milliseconds}
    desk.record("ada")
    desk.say(packets)
    await desk.stop()
    assert spans(sound_of(desk.files()[0]), 440) == near((0, 2.4))


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (b"", 0),
        (b"\x00", 480),
        (b"\x18", 2880),
        (b"\x60", 480),
        (b"\x68", 960),
        (b"\x80", 120),
        (b"\xf8", 960),
        (b"\xf9", 1920),
        (b"\xfb", 0),
        (b"\xfb\x00", 0),
        (b"\xfb\x05", 4800),
        (b"\xfb\x06", 5760),
        (b"\xfb\x07", 0),
    ],
)
def test_length_of_a_packet_stands_in_its_first_bytes(payload: bytes, samples: int) -> None:
    assert samples_in(payload) == samples


async def pieces(desk: Desk, *parts: list[RtpPacket]) -> int:
    desk.record("ada")
    for part in parts:
        desk.say(part)
    await desk.stop()
    return len(desk.files())


async def test_new_source_begins_a_new_piece(desk: Desk) -> None:
    sound = opus(tone(440, 1))
    assert await pieces(desk, rtp(sound), rtp(sound, ssrc=2, sequence=9, timestamp=77, began=BEGAN + 1)) == 2


@pytest.mark.parametrize(("more", "expected"), [(-960, 1), (0, 1), (960, 2)])
async def test_long_silence_begins_a_new_piece_below_at_and_above(desk: Desk, more: int, expected: int) -> None:
    samples = round(recording_part.SILENCE_SECONDS * 48_000) + more
    first, second = rtp([b"\xf8\x00\x00"] * 2, samples=samples)
    assert await pieces(desk, [first], [second]) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(1.99, 1), (2.0, 1), (2.01, 2), (-2.0, 1), (-2.01, 2)])
async def test_clock_that_leaps_begins_a_new_piece_below_at_and_above(
    desk: Desk, seconds: float, expected: int
) -> None:
    first = rtp([b"\xf8\x00\x00"], began=8.0)
    second = rtp([b"\xf8\x00\x00"], began=11 + seconds, sequence=101, timestamp=5000 + 3 * 48_000)
    assert await pieces(desk, first, second) == expected


async def test_source_that_changes_with_each_packet_fills_no_folder(desk: Desk) -> None:
    flood = [rtp([b"\xf8\x00\x00"], ssrc=n, began=BEGAN + n * 0.02)[0] for n in range(100)]
    assert await pieces(desk, flood) == 4
    assert desk.counts["recording_unwritten"] == 96


async def test_marks_tie_places_to_our_clock_at_least_each_five_seconds(desk: Desk) -> None:
    chance = random.Random(3)
    packets = rtp([b"\xf8\x00\x00"] * 1000)
    for packet in packets:
        packet.arrival += chance.uniform(0.01, 0.05)
    desk.record("ada")
    desk.say(packets)
    await desk.stop()
    head, *lines = marks(desk.files(".jsonl")[0])
    assert head == {"person": "ada", "ssrc": 1, "timestamp": 5000}
    assert {line["at"] - BEGAN - line["position"] / 48_000 < 0.05 for line in lines} == {True}
    # The first is whatever came first; those after it are the least delayed of their time.
    assert {line["at"] - BEGAN - line["position"] / 48_000 < 0.011 for line in lines[1:]} == {True}
    assert max(after["at"] - before["at"] for before, after in pairwise(lines)) <= 10
    assert len(lines) == 6


@pytest.mark.parametrize("name", ["..", "a/b", "", "a.b", "x" * 65])
def test_names_that_could_be_paths_are_refused(desk: Desk, name: str) -> None:
    with pytest.raises(CannotRecordError):
        desk.recordings.record("room", name, ["ada"])
    with pytest.raises(CannotRecordError):
        desk.recordings.record("room", RECORDING, [name])
    assert list(desk.root.iterdir()) == []


@pytest.mark.parametrize(("waiting", "dropped"), [(2, 0), (3, 0), (4, 1)])
def test_queue_takes_so_many_and_drops_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int, dropped: int
) -> None:
    """The disk does not answer, so nothing is taken out."""
    monkeypatch.setattr(recording, "QUEUE_LIMIT", 4)
    monkeypatch.setattr(Recordings, "_start", lambda _: None)
    desk = Desk(tmp_path)
    desk.record("ada")
    desk.say(rtp([b"\xf8\x00\x00"] * waiting))
    assert desk.counts["recording_dropped"] == dropped


async def test_unwritable_folder_is_said_and_the_room_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "RETRY_SECONDS", 0.0)
    (tmp_path / "file").write_text("no folder")
    desk = Desk(tmp_path / "file")
    with structlog.testing.capture_logs() as logs:
        desk.record("ada")
        desk.say(unheard := rtp(opus(tone(440, 1))))
        await until(lambda: refused(desk), "refused")
        # What still stood in the queue when the folder comes would be in the file.
        await until(lambda: desk.counts["recording_unwritten"] == len(unheard), "all of it left out")
    assert [entry["event"] for entry in logs] == ["recording_unwritable"]
    assert desk.counts["recording_failed"] >= 1
    (tmp_path / "file").unlink()
    await until(lambda: not refused(desk), "accepted")
    desk.say(rtp(opus(tone(440, 1))))
    await desk.stop()
    assert spans(sound_of(desk.files()[0]), 440) == near((0, 1))
    desk.recordings.close()


def refused(desk: Desk) -> bool:
    try:
        desk.record("ada")
    except CannotRecordError:
        return True
    return False


@pytest.mark.parametrize(("free", "written"), [(-1, 1), (0, 1), (1, 0)])
async def test_disk_is_never_filled_below_its_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, written: int
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    desk = Desk(tmp_path, free_bytes=1000 + free)
    desk.record("ada")
    desk.say(rtp(opus(tone(440, 1))))
    await desk.stop()
    assert (len(desk.files()), desk.counts["recording_unwritten"]) == (written, 0 if written else 51)
    desk.recordings.close()


# One thread works off what stands in a queue: when the end of another recording is done, all before it is handed over.
KILLED = """
import asyncio, sys, time
from collections import Counter
from pathlib import Path
from media.relay import recording, recording_part
from tests.factories.sound import opus, rtp, tone
recording.STOP_SECONDS = 60
if len(sys.argv) > 2:
    recording_part._OGG_OPTIONS["page_duration"] = sys.argv[2]
async def main():
    recordings = recording.Recordings(Path(sys.argv[1]), Counter())
    recordings.record("room", "R1", ["ada"])
    for packet in rtp(opus(tone(440, 10))):
        recordings.write("room", "ada", packet)
    await recordings.stop("another room", "R2")
    print("handed over", flush=True)
    # Until it is killed; should nobody do that, it ends by itself.
    time.sleep(600)
asyncio.run(main())
"""
FULL = """
import asyncio, resource, signal, sys
from collections import Counter
from pathlib import Path
from media.relay.recording import CannotRecordError, Recordings
from tests.factories.sound import opus, rtp, tone
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
async def main():
    counts = Counter()
    recordings = Recordings(Path(sys.argv[1]), counts)
    recordings.record("room", "R1", ["ada"])
    for packet in rtp(opus(tone(440, 10))):
        recordings.write("room", "ada", packet)
    while not counts["recording_unwritten"]:
        await asyncio.sleep(0.01)
    try:
        recordings.record("room", "R1", ["ada"])
    except CannotRecordError as error:
        print(error.code, counts["recording_failed"])
    await recordings.stop("room", "R1")
    recordings.close()
asyncio.run(main())
"""


def program(text: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", text, str(folder), *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def left_by_killed(folder: Path, *arguments: str) -> tuple[float, float]:
    """Return what of ten seconds of a tone can be heard after the program that wrote all of them down was killed."""
    writer = program(KILLED, folder, *arguments)
    assert writer.stdout is not None
    said = writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=10)
    assert said == "handed over\n"
    (span,) = spans(sound_of(next((folder / RECORDING / "parts").glob("*.ogg"))), 440)
    return span


def test_killed_relay_loses_the_last_second_at_most(tmp_path: Path) -> None:
    begin, end = left_by_killed(tmp_path)
    assert (begin < 0.03, end >= 8.9) == (True, True)


def test_killed_relay_loses_the_last_page(tmp_path: Path) -> None:
    """The control: with pages of three seconds more than the last second is gone."""
    begin, end = left_by_killed(tmp_path, "3000000")
    assert (begin < 0.03, end < 8.9) == (True, True)


def test_disk_that_fills_up_in_the_middle_ends_only_the_recording(tmp_path: Path) -> None:
    writer = program(FULL, tmp_path)
    said, _ = writer.communicate(timeout=60)
    assert writer.returncode == 0
    assert said.split()[-2:][0] == "failed"
    ((begin, end),) = spans(sound_of(next((tmp_path / RECORDING / "parts").glob("*.ogg"))), 440)
    assert (begin < 0.03, end > 2) == (True, True)
