"""RTP packets (RFC 3550 section 5.1) as the relay reads and writes them, with the audio level of RFC 6464."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

HEADER_LENGTH: Final = 12
# What one Opus packet may have at most (RFC 6716 section 3.4); three of them joined stay far below it in practice.
MAX_PAYLOAD: Final = 1276
CLOCK_RATE: Final = 48_000
AUDIO_LEVEL_URI: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SILENT: Final = 127
# No Opus packet lasts longer: 120 ms (RFC 6716 section 3.4, rule 5).
_MAX_SAMPLES: Final = 5760
_ONE_BYTE_PROFILE: Final = 0xBEDE
_TWO_BYTE_PROFILE: Final = 0x1000
_header = struct.Struct("!BBHLL")
_extension = struct.Struct("!HH")
_ssrc = struct.Struct("!L")


class NotRtpError(ValueError):
    """The bytes are no RTP packet that the relay can use."""


@dataclass(slots=True)
class RtpPacket:
    """One packet. `level` is in -dBov, 0 loudest, 127 silent, or None if the sender says none; `arrival` in Unix s."""

    payload_type: int
    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes
    level: int | None = None
    arrival: float = 0.0


def parse(data: bytes, *, level_id: int, arrival: float) -> RtpPacket:
    """Return the packet; `level_id` is the negotiated id of the audio level, 0 for none. Raises NotRtpError."""
    if len(data) < HEADER_LENGTH or data[0] >> 6 != 2:
        raise NotRtpError
    first, second, sequence_number, timestamp, ssrc = _header.unpack_from(data)
    begin = HEADER_LENGTH + 4 * (first & 0x0F)
    level = None
    if first & 0x10:
        begin, level = _read_extensions(data, begin, level_id)
    end = len(data)
    if first & 0x20:
        end -= data[-1]
    if begin > end or (first & 0x20 and data[-1] == 0):
        raise NotRtpError
    return RtpPacket(
        payload_type=second & 0x7F,
        marker=second >> 7 == 1,
        sequence_number=sequence_number,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=data[begin:end],
        level=level,
        arrival=arrival,
    )


def _read_extensions(data: bytes, begin: int, level_id: int) -> tuple[int, int | None]:
    """Return where the payload begins, and the audio level (RFC 8285 section 4)."""
    if begin + 4 > len(data):
        raise NotRtpError
    profile, words = _extension.unpack_from(data, begin)
    begin += 4
    end = begin + 4 * words
    if end > len(data):
        raise NotRtpError
    one_byte = profile == _ONE_BYTE_PROFILE
    if not level_id or not (one_byte or profile & 0xFFF0 == _TWO_BYTE_PROFILE):
        return end, None
    return end, _find_level(data[begin:end], level_id, one_byte=one_byte)


def _find_level(elements: bytes, level_id: int, *, one_byte: bool) -> int | None:
    head = 1 if one_byte else 2
    position = 0
    while position + head < len(elements):
        first = elements[position]
        if first == 0:
            position += 1
            continue
        number, length = (first >> 4, (first & 0x0F) + 1) if one_byte else (first, elements[position + 1])
        if one_byte and number == 15:
            return None
        if number == level_id and length >= 1:
            return elements[position + head] & 0x7F
        position += head + length
    return None


@dataclass(frozen=True, slots=True)
class WireProfile:
    """What differs on the wire between listeners of one room: the ids that their offers chose, and how many slots.

    `level_id` is 0 if the listener wants no audio level.
    """

    payload_type: int
    level_id: int
    slots: int


@dataclass(frozen=True, slots=True)
class Label:
    """What a slot writes over a packet's own header."""

    sequence_number: int
    timestamp: int
    ssrc: int
    csrc: int
    marker: bool


def build(packet: RtpPacket, profile: WireProfile, label: Label) -> bytes:
    """Return `packet` as a listener's slot carries it: the slot's numbers, the speaker as contributing source.

    A slot is what RFC 7667 section 3.6.2 calls a media-switching mixer.
    """
    first = 0x91 if profile.level_id else 0x81
    second = profile.payload_type | (0x80 if label.marker else 0)
    head = _header.pack(first, second, label.sequence_number, label.timestamp, label.ssrc) + _ssrc.pack(label.csrc)
    if profile.level_id:
        level = SILENT if packet.level is None else packet.level
        head += bytes((0xBE, 0xDE, 0, 1, profile.level_id << 4, level, 0, 0))
    return head + packet.payload


def source_number(person: str) -> int:
    """Return the CSRC that names a person: 32-bit FNV-1a of their id, never 0; browsers compute the same."""
    number = 0x811C9DC5
    for byte in person.encode():
        number = ((number ^ byte) * 0x01000193) & 0xFFFFFFFF
    return number or 1


def opus_samples(payload: bytes) -> int:
    """Return how many samples at 48 kHz an Opus packet lasts (RFC 6716 sections 3.1 and 3.2), 0 if it is none."""
    if not payload:
        return 0
    toc = payload[0]
    frames = (1, 2, 2, payload[1] & 0x3F if len(payload) > 1 else 0)[toc & 3]
    config = toc >> 3
    if config < 12:
        size = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        size = (480, 960)[config & 1]
    else:
        size = (120, 240, 480, 960)[config & 3]
    return frames * size if frames * size <= _MAX_SAMPLES else 0
