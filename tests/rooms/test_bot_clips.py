"""Audio files as a bot reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from config.embedded.demo import ROOMS, SOUNDS
from rooms.bot.clips import check_clip, clip_frames
from rooms.bot.errors import BotError
from tests.rooms.bots import tone

if TYPE_CHECKING:
    from pathlib import Path


async def read(path: Path) -> list[bytes]:
    return [frame async for frame in clip_frames(path)]


def loudest_hertz(frames: list[bytes]) -> float:
    samples = np.frombuffer(b"".join(frames), "<i2")
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 48_000 / len(samples))


@pytest.mark.parametrize(
    ("rate", "channels"), [(48_000, 1), (48_000, 2), (44_100, 2), (8_000, 1), (96_000, 1)], ids=str
)
async def test_clip_of_any_rate_becomes_20_ms_frames(tmp_path: Path, rate: int, channels: int) -> None:
    clip = tone(tmp_path / "tone.wav", hertz=440, seconds=1.0, rate=rate, channels=channels)

    check_clip(clip)
    frames = await read(clip)

    assert {len(frame) for frame in frames} == {1920}
    # A resampler may keep some samples back at first; they come at the end.
    assert len(frames) in {50, 51}
    assert loudest_hertz(frames[:50]) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(("samples", "frames"), [(959, 1), (960, 1), (961, 2)])
async def test_last_frame_is_filled_up_with_silence(tmp_path: Path, samples: int, frames: int) -> None:
    clip = tone(tmp_path / "tone.wav", seconds=samples / 48_000)

    found = await read(clip)

    assert [len(frame) for frame in found] == [1920] * frames
    assert found[-1][-2:] == (b"\0\0" if samples % 960 else found[0][-2:])


async def test_bundled_clips_are_short_and_small() -> None:
    wanted = {f"{turn.clip}.opus" for room in ROOMS for turn in room.turns}
    sizes = {path.name: path.stat().st_size for path in SOUNDS.iterdir()}

    assert set(sizes) == wanted
    assert sum(sizes.values()) < 300_000
    for name in wanted:
        with av.open(str(SOUNDS / name)) as clip:
            assert clip.duration is not None
            assert 7_000_000 < clip.duration < 15_000_000


def test_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nothing.ogg"

    with pytest.raises(BotError) as refused:
        check_clip(path)

    assert str(refused.value) == f"There is no file {path}."


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BotError) as refused:
        check_clip(tmp_path)

    assert str(refused.value) == f"There is no file {tmp_path}."


def test_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()

    with pytest.raises(BotError) as refused:
        check_clip(path)

    assert str(refused.value) == f"{path} is empty."


def test_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zeros.wav"
    path.write_bytes(bytes(4000))

    with pytest.raises(BotError) as refused:
        check_clip(path)

    assert str(refused.value) == f"{path} cannot be read as sound (Invalid data found when processing input)."


def test_sound_of_no_length_is_refused(tmp_path: Path) -> None:
    path = tone(tmp_path / "short.wav", seconds=0)

    with pytest.raises(BotError) as refused:
        check_clip(path)

    assert str(refused.value) == f"{path} holds no sound."


def test_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    with av.open(str(path), "w", format="image2") as sink:
        stream = sink.add_stream("png", rate=1)
        stream.width = stream.height = 8
        stream.pix_fmt = "rgb24"
        frame = av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8), format="rgb24")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            sink.mux(packet)

    with pytest.raises(BotError) as refused:
        check_clip(path)

    assert str(refused.value) == f"{path} holds no sound."


async def test_clip_that_was_cut_off_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    clip = tone(tmp_path / "tone.wav", seconds=1.0)
    clip.write_bytes(clip.read_bytes()[: 44 + 48_000])

    assert len(await read(clip)) == 25
