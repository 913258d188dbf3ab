"""One replay of several speakers: everybody at their time and pitch, never too loud, in constant memory."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from media.mixing import Mixed, NothingRecordedError, mix
from media.mixing.limiter import CEILING, STEP, Limiter
from media.mixing.mix import BARS, HEARD, outline
from media.mixing.places import fit, read_places
from media.relay.recording import PARTS_FOLDER, Recordings
from tests.factories.sound import BEGAN, near, opus, pitch, rtp, sound_of, spans, tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from media.relay.rtp import RtpPacket

ROOT = Path(__file__).parents[2]


async def write(root: Path, said: Iterable[tuple[str, list[RtpPacket]]]) -> Path:
    """Let the relay's writer write, and return the folder of its pieces."""
    recordings = Recordings(root, Counter())
    said = list(said)
    recordings.record("room", "R1", [person for person, _ in said])
    for person, packets in said:
        for packet in packets:
            recordings.write("room", person, packet)
            while len(recordings._queue) > 5000:  # noqa: ASYNC110 (packets come no faster than they are said elsewhere)
                await asyncio.sleep(0.001)
    await recordings.stop("room", "R1")
    recordings.close()
    assert recordings._counts["recording_dropped"] == 0
    return root / "R1" / PARTS_FOLDER


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def nothing(_: float) -> None:
    """Nobody looks at the progress."""


async def test_tones_land_at_their_times_with_their_pitch(tmp_path: Path) -> None:
    """Clocks of senders begin anywhere; only when packets arrived says when they were said."""
    folder = await write(
        tmp_path,
        [
            ("ada", rtp(opus(tone(440, 3)), timestamp=2**32 - 9000)),
            ("ben", rtp(opus(tone(880, 2)), ssrc=2, timestamp=77, began=BEGAN + 2)),
            ("ada", rtp(opus(tone(440, 1.5)), ssrc=3, timestamp=4_000_000, began=BEGAN + 65.5)),
        ],
    )
    progress: list[float] = []
    mixed = mix(folder, tmp_path / "replay.ogg", progress=progress.append)

    sound = sound_of(tmp_path / "replay.ogg")
    assert spans(sound, 440) == near((0, 3), (65.5, 67))
    assert spans(sound, 880) == near((2, 4))
    assert [pitch(sound, *span) for span in ((0.5, 1.5), (3.25, 3.75), (66, 66.5))] == [440, 880, 440]
    size = (tmp_path / "replay.ogg").stat().st_size
    heard = ["ada", "ben"]
    assert mixed == Mixed(begins=BEGAN, duration_ms=68_000, size=size, heard=heard, peaks=mixed.peaks)
    # 680 tenths of a second in 160 bars: 40 are 17 s.
    assert [number for number, peak in enumerate(mixed.peaks) if peak] == [*range(10), *range(154, 158)]
    assert len(progress) == 1
    assert 0.85 < progress[0] < 0.95


async def test_replay_is_opus_in_ogg_that_can_be_searched(tmp_path: Path) -> None:
    folder = await write(tmp_path, [("ada", rtp(opus(tone(440, 4))))])
    mix(folder, tmp_path / "replay.ogg", progress=nothing)
    with av.open(str(tmp_path / "replay.ogg")) as file:
        stream = file.streams.audio[0]
        assert (file.format.name, stream.codec_context.name, stream.rate, stream.layout.nb_channels) == (
            "ogg", "opus", 48_000, 1,
        )  # fmt: skip
        assert file.duration is not None
        assert abs(file.duration / av.time_base - 5) < 0.02
        file.seek(3 * av.time_base)
        frame = next(file.decode(audio=0))
        assert frame.time is not None
        assert 2 <= frame.time <= 3


@pytest.mark.parametrize("millionths", [-200, 200])
async def test_clock_that_drifts_is_brought_to_ours(tmp_path: Path, millionths: int) -> None:
    """Tones of 0.5 s each minute for five minutes: at 200 millionths the last one would be 60 ms off."""
    pace = 1 + millionths / 1e6
    tone_packets, empty = opus(tone(440, 0.5))[:25], [b"\xf8"] * 2975
    payloads = [payload for _ in range(5) for payload in (*tone_packets, *empty)] + tone_packets
    folder = await write(tmp_path, [("ada", rtp(payloads, pace=pace))])
    mix(folder, tmp_path / "replay.ogg", progress=nothing)
    assert spans(sound_of(tmp_path / "replay.ogg"), 440) == [
        pytest.approx((60 * pace * number, 60 * pace * number + 0.5), abs=0.03) for number in range(6)
    ]
    (place,) = read_places(folder)
    assert abs(place.pace - pace) < 5e-6


@pytest.mark.parametrize(("drift", "found"), [(0.0009, 0.0009), (0.001, 0.001), (0.0011, 0.0)])
def test_drift_is_believed_below_and_at_but_not_above_what_clocks_do(drift: float, found: float) -> None:
    positions = np.arange(0, 60, 5, dtype=np.float64)
    begins, pace = fit(positions, 1000 + positions * (1 + drift * (1 - 1e-9)))
    assert (round(begins, 3), round(pace - 1, 6)) == (1000, found)


def test_what_was_held_up_on_its_way_moves_nothing() -> None:
    positions = np.arange(0, 120, 5, dtype=np.float64)
    late = np.zeros(len(positions))
    late[::5] = 0.4
    begins, pace = fit(positions, 1000 + positions + late)
    assert (round(begins, 3), abs(pace - 1) < 1e-5) == (1000, True)


async def test_three_loud_voices_are_not_clipped(tmp_path: Path) -> None:
    voices = [(name, rtp(opus(tone(hertz, 3, loud=0.9)), ssrc=hertz)) for name, hertz in
              (("ada", 440), ("ben", 554), ("cy", 659))]  # fmt: skip
    folder = await write(tmp_path, voices)
    mix(folder, tmp_path / "replay.ogg", progress=nothing)
    sound = sound_of(tmp_path / "replay.ogg")
    assert np.abs(sound).max() < 1
    # Clipping would bring in what nobody said: 2 * 554 - 440 Hz is its loudest part.
    middle = np.abs(np.fft.rfft(sound[24_000:120_000] * np.hanning(96_000)))
    assert middle[1336] / middle[880] < 0.01
    assert [spans(sound, hertz) for hertz in (440, 554, 659)] == [near((0, 3))] * 3


@pytest.mark.parametrize(("loud", "same"), [(0.99, True), (1.0, True), (1.01, False)])
def test_limiter_leaves_alone_what_is_not_too_loud(loud: float, same: bool) -> None:
    sound = tone(440, 0.5, loud=CEILING * loud)
    limiter = Limiter()
    found = np.concatenate([limiter.limit(sound), limiter.rest()])
    assert len(found) == len(sound)
    assert np.array_equal(found, sound) is same
    assert np.abs(found).max() <= CEILING + 1e-6


def test_limiter_turns_down_and_up_without_a_click() -> None:
    """A burst ten times too loud in a quiet tone; blocks of several lengths give the same."""
    sound = tone(440, 3, loud=0.5)
    sound[20_000:21_000] *= 16
    results = []
    for steps in (1, 7, 200):
        limiter, block = Limiter(), steps * STEP
        whole = np.concatenate([sound, np.zeros(-len(sound) % block, dtype=np.float32)])
        parts = [limiter.limit(whole[at : at + block]) for at in range(0, len(whole), block)]
        results.append(np.concatenate([*parts, limiter.rest()])[: len(sound)])
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])
    assert np.abs(results[0]).max() <= CEILING + 1e-6
    gain = results[0][sound != 0] / sound[sound != 0]
    assert np.abs(np.diff(gain)).max() < 0.01
    assert abs(gain[-1] - 1) < 1e-6


async def test_piece_of_a_killed_relay_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = await write(tmp_path, [("ada", rtp(opus(tone(440, 4)))), ("ben", rtp(opus(tone(880, 4)), ssrc=2))])
    (sound,) = folder.glob("ada*.ogg")
    sound.write_bytes(sound.read_bytes()[: sound.stat().st_size // 2])
    (marks,) = folder.glob("ada*.jsonl")
    marks.write_text(marks.read_text()[:-20])
    (folder / "eve.1.2.ogg").write_bytes(b"")
    (folder / "eve.1.2.jsonl").write_text('{"person": "eve"}\n{"position": 0, "at": 1763700000.0}\n')
    (folder / "zoe.1.2.jsonl").write_text("")
    (folder / "mia.1.2.ogg").write_bytes(b"no sound at all")
    (folder / "mia.1.2.jsonl").write_text('{"person": "mia"}\n{"position": 0, "at": 1763700000.0}\n')
    mixed = mix(folder, tmp_path / "replay.ogg", progress=nothing)
    found = sound_of(tmp_path / "replay.ogg")
    assert mixed.heard == ["ada", "ben"]
    assert spans(found, 880) == near((0, 4))
    ((begin, end),) = spans(found, 440)
    assert (begin < 0.03, 1 < end < 3) == (True, True)


async def test_what_was_said_after_the_stop_is_not_heard(tmp_path: Path) -> None:
    """A relay that nobody could tell has gone on writing."""
    folder = await write(
        tmp_path, [("ada", rtp(opus(tone(440, 5)))), ("ben", rtp(opus(tone(880, 1)), ssrc=2, began=BEGAN + 3))]
    )
    mixed = mix(folder, tmp_path / "replay.ogg", progress=nothing, until=BEGAN + 2.5)
    assert spans(sound_of(tmp_path / "replay.ogg"), 440) == near((0, 2.5))
    assert (mixed.duration_ms, mixed.heard) == (3000, ["ada"])
    with pytest.raises(NothingRecordedError):
        mix(folder, tmp_path / "other.ogg", progress=nothing, until=BEGAN)


async def test_open_microphone_in_a_quiet_room_is_nobody_heard(tmp_path: Path) -> None:
    folder = await write(
        tmp_path, [("ada", rtp(opus(tone(440, 2, loud=0.001)))), ("ben", rtp(opus(tone(880, 1)), ssrc=2))]
    )
    assert mix(folder, tmp_path / "replay.ogg", progress=nothing).heard == ["ben"]


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    for folder in (tmp_path / "never made", tmp_path):
        with pytest.raises(NothingRecordedError):
            mix(folder, tmp_path / "replay.ogg", progress=nothing)
    assert list(tmp_path.iterdir()) == []


async def test_replay_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = await write(tmp_path, [("ada", rtp(opus(tone(440, 1)))),
                                    ("ada", rtp(opus(tone(440, 1)), ssrc=2, began=BEGAN + 100))])  # fmt: skip

    class StopError(Exception):
        pass

    def stop(_: float) -> None:
        assert list(tmp_path.glob("*.ogg")) == []
        assert len(list(tmp_path.glob("*.part"))) == 1
        raise StopError

    with pytest.raises(StopError):
        mix(folder, tmp_path / "replay.ogg", progress=stop)
    assert names_in(tmp_path) == ["R1"]


MEASURED = """
import json, resource, sys
from pathlib import Path
from media.mixing import mix
mix(Path(sys.argv[1]), Path(sys.argv[2]), progress=lambda done: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kb(folder: Path, target: Path) -> int:
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MEASURED, str(folder), str(target)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


async def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    speech = opus(tone(440, 30))
    for name, minutes in (("short", 1), ("long", 12)):
        payloads = speech * (2 * minutes)
        await write(tmp_path / name, [("ada", rtp(payloads)), ("ben", rtp(payloads, ssrc=2, pace=1.0001))])
    short, long = (
        peak_kb(tmp_path / name / "R1" / PARTS_FOLDER, tmp_path / f"{name}.ogg") for name in ("short", "long")
    )
    # Held in memory, eleven minutes would be 127 MB as floating-point numbers.
    assert long - short < 12_000


@pytest.mark.parametrize(
    ("loudest", "peaks"),
    [
        ([], []),
        ([0.0, HEARD, 0.0], [0, 0, 0]),
        ([0.25, 0.5, 0.125], [50, 100, 25]),
        ([0.5] * BARS, [100] * BARS),
        ([0.5] * (BARS - 1), [100] * (BARS - 1)),
        ([*[0.1] * (BARS - 1), 0.5, 0.7], [*[17] * (BARS - 1), 100]),
    ],
)
def test_outline_has_as_many_bars_as_moments_and_no_more_than_are_drawn(loudest: list[float], peaks: list[int]) -> None:
    assert outline(loudest) == peaks
