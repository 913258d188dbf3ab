"""For how long somebody talked: by the level of what arrives, not by what anybody claims; silence is not talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from media.relay import speaking
from media.relay.messages import VERSION, MessageError, TalkReceipt, decode_talk_receipt, encode
from media.relay.sound_time import PAUSE_SECONDS, SoundTime, is_voice
from tests.relay.house import House
from tests.relay.packets import OPUS, one_byte, packet, raw_rtp
from tests.relay.test_speaking import Studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PACKET = 0.02


@pytest.fixture
async def studio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    house = House()
    one = Studio(house)
    monkeypatch.setattr(speaking, "time", one)
    yield one
    house.close()


def added(*arrivals: float, lasts: float = PACKET) -> float:
    time = SoundTime()
    for arrival in arrivals:
        time.add(arrival, lasts)
    return round(time.seconds, 6)


def say(studio: Studio, first: int, count: int, level: int) -> None:
    for number in range(first, first + count):
        studio.send(raw_rtp(number, extension=one_byte((1, bytes((0x80 | level,))))))


def times(studio: Studio) -> tuple[float, float]:
    return round(studio.speaking.received_seconds, 6), round(studio.speaking.voice_seconds, 6)


@pytest.mark.parametrize(
    ("pause", "seconds"),
    [
        (0, 2 * PACKET),
        (PAUSE_SECONDS - 0.01, 2 * PACKET + PAUSE_SECONDS - 0.01),
        (PAUSE_SECONDS, 2 * PACKET),
        (PAUSE_SECONDS + 0.01, 2 * PACKET),
    ],
)
def test_a_breath_is_talk_and_a_silence_is_not(pause: float, seconds: float) -> None:
    assert added(1000, 1000 + PACKET + pause) == pytest.approx(seconds)


def test_nobody_talks_for_longer_than_has_passed() -> None:
    # A whole second's packets at once, and again, as a burst or a forger sends them.
    assert added(*[1000.0] * 50) == PACKET
    assert added(*[1000.0] * 50, *[1001.0] * 50) == pytest.approx(2 * PACKET)


def test_jitter_and_a_clock_that_is_set_back_count_nothing_twice() -> None:
    assert added(1000, 1000.05, 1000.05, 1000.06) == pytest.approx(0.08)
    assert added(1000, 1010, 990, 1010) == pytest.approx(2 * PACKET)


@pytest.mark.parametrize(
    ("level", "payload", "voice"),
    [
        (0, OPUS, True),
        (49, OPUS, True),
        (50, OPUS, True),
        (51, OPUS, False),
        (127, OPUS, False),
        (None, OPUS, True),
        (None, OPUS[:3], True),
        (None, OPUS[:2], False),
        (None, OPUS[:1], False),
    ],
)
def test_level_says_what_is_voice(level: int | None, payload: bytes, *, voice: bool) -> None:
    assert is_voice(packet(level=level, payload=payload)) is voice


async def test_ten_seconds_of_tone_and_five_of_silence(studio: Studio) -> None:
    say(studio, 0, 500, 20)
    say(studio, 500, 250, 127)
    assert times(studio) == pytest.approx((15.0, 10.0))


async def test_what_comes_while_muted_is_no_talk(studio: Studio) -> None:
    say(studio, 0, 50, 20)
    studio.speaking.muted = True
    say(studio, 50, 50, 20)
    assert times(studio) == pytest.approx((1.0, 1.0))
    studio.speaking.muted = False
    say(studio, 100, 50, 20)
    assert times(studio) == pytest.approx((2.0, 2.0))


async def test_packet_that_comes_twice_counts_once(studio: Studio) -> None:
    raw = studio.outgoing.protect(raw_rtp(0, extension=one_byte((1, bytes((0x80 | 20,))))))
    studio.speaking.receive(raw)
    studio.house.clock += 0.3
    studio.speaking.receive(raw)
    assert times(studio) == pytest.approx((PACKET, PACKET))


def a_receipt(**changes: Any) -> TalkReceipt:
    fields: dict[str, Any] = {
        "v": VERSION,
        "relay": "r",
        "incarnation": "i",
        "session": "s",
        "room": "r1",
        "person": "p",
        "received_ms": 2,
        "voice_ms": 1,
    }
    return TalkReceipt(**(fields | changes))


def test_receipt_is_read_strictly() -> None:
    assert decode_talk_receipt(encode(a_receipt())) == a_receipt()
    for broken in (b"", b"{}", encode(a_receipt(session="")), encode(a_receipt(v=2)), encode(a_receipt(voice_ms="1"))):
        with pytest.raises(MessageError):
            decode_talk_receipt(broken)
