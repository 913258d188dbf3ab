"""RTP packets for tests: written by the book with struct, not with the code that is tested."""

from __future__ import annotations

import struct

from media.relay.rtp import RtpPacket

# One frame of 20 ms, mono, CELT fullband (configuration 31 of RFC 6716 table 2), then whatever.
OPUS = bytes((31 << 3,)) + b"opus"


def toc(config: int, code: int, *, stereo: bool = False) -> int:
    """Return the first byte of an Opus packet (RFC 6716 section 3.1)."""
    return config << 3 | stereo << 2 | code


def packet(
    number: int = 0,
    *,
    timestamp: int | None = None,
    ssrc: int = 1,
    payload: bytes = OPUS,
    level: int | None = 20,
    arrival: float | None = None,
) -> RtpPacket:
    """Return the `number`th packet of 20 ms of a source, as a steady sender on a steady line sends it."""
    return RtpPacket(
        payload_type=111,
        marker=False,
        sequence_number=number & 0xFFFF,
        timestamp=(960 * number if timestamp is None else timestamp) & 0xFFFFFFFF,
        ssrc=ssrc,
        payload=payload,
        level=level,
        arrival=1000 + 0.02 * number if arrival is None else arrival,
    )


def one_byte(*elements: tuple[int, bytes]) -> bytes:
    """Return a header extension of one-byte elements (RFC 8285 section 4.2)."""
    return _extension(0xBEDE, b"".join(bytes((number << 4 | len(value) - 1,)) + value for number, value in elements))


def two_byte(*elements: tuple[int, bytes], app_bits: int = 0) -> bytes:
    """Return a header extension of two-byte elements (RFC 8285 section 4.3)."""
    raw = b"".join(bytes((number, len(value))) + value for number, value in elements)
    return _extension(0x1000 | app_bits, raw)


def _extension(profile: int, elements: bytes) -> bytes:
    padded = elements + bytes(-len(elements) % 4)
    return struct.pack("!HH", profile, len(padded) // 4) + padded


def raw_rtp(
    number: int = 0,
    *,
    timestamp: int | None = None,
    ssrc: int = 1,
    payload: bytes = OPUS,
    payload_type: int = 111,
    marker: bool = False,
    csrcs: tuple[int, ...] = (),
    extension: bytes = b"",
    padding: int = 0,
) -> bytes:
    """Return a packet's bytes (RFC 3550 section 5.1)."""
    first = 2 << 6 | bool(padding) << 5 | bool(extension) << 4 | len(csrcs)
    stamp = (960 * number if timestamp is None else timestamp) & 0xFFFFFFFF
    head = struct.pack("!BBHLL", first, marker << 7 | payload_type, number & 0xFFFF, stamp, ssrc)
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    return head + b"".join(struct.pack("!L", csrc) for csrc in csrcs) + extension + payload + tail
