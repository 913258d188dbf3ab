"""RTP packets: read by the book, written so that another implementation reads the same, and nothing worse than no."""

from __future__ import annotations

from typing import Any

import pytest
from aiortc.rtp import HeaderExtensionsMap
from aiortc.rtp import RtpPacket as AiortcPacket
from hypothesis import given
from hypothesis import strategies as st

from media.relay.rtp import (
    SILENT,
    Label,
    NotRtpError,
    RtpPacket,
    WireProfile,
    build,
    opus_samples,
    parse,
    source_number,
)
from tests.relay.packets import OPUS, one_byte, packet, raw_rtp, toc, two_byte

numbers16 = st.integers(0, 0xFFFF)
numbers32 = st.integers(0, 0xFFFFFFFF)
payloads = st.binary(min_size=1, max_size=200)


@given(
    number=numbers16,
    timestamp=numbers32,
    ssrc=numbers32,
    payload=payloads,
    marker=st.booleans(),
    csrcs=st.lists(numbers32, max_size=15),
    level=st.none() | st.integers(0, 127),
    voice=st.booleans(),
    padding=st.integers(0, 255),
    two=st.booleans(),
)
def test_parse_reads_what_the_standard_writes(
    *,
    number: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    marker: bool,
    csrcs: list[int],
    level: int | None,
    voice: bool,
    padding: int,
    two: bool,
) -> None:
    value = b"" if level is None else bytes((voice << 7 | level,))
    elements = [(3, b"mid"), *([(5, value)] if value else []), (7, b"x")]
    raw = raw_rtp(
        number,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=payload,
        marker=marker,
        csrcs=tuple(csrcs),
        extension=two_byte(*elements) if two else one_byte(*elements),
        padding=padding,
    )
    assert parse(raw, level_id=5, arrival=3.5) == RtpPacket(
        payload_type=111,
        marker=marker,
        sequence_number=number,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=payload,
        level=level,
        arrival=3.5,
    )


@pytest.mark.parametrize(
    ("extension", "level"),
    [
        (b"", None),
        (one_byte((1, b"\x0a")), 10),
        (one_byte((1, b"\x8a")), 10),
        (one_byte((2, b"\x0a")), None),
        (one_byte((2, b"abc"), (1, b"\x0a")), 10),
        # What is no longer there, or only in part, was not said.
        (one_byte((15, b"\x0a"), (1, b"\x0a")), None),
        (b"\xbe\xde\x00\x01\x00\x00\x10\x0a", 10),
        (b"\xbe\xde\x00\x01\x00\x00\x00\x10", None),
        (b"\xbe\xde\x00\x00", None),
        (two_byte((1, b"\x0a")), 10),
        (two_byte((1, b"\x0a"), app_bits=7), 10),
        (two_byte((1, b"")), None),
        (two_byte((1, b""), (2, b"z"), (1, b"\x0a")), 10),
        (b"\x10\x00\x00\x01\x00\x00\x01\x01", None),
        # Another profile's bytes may look like anything.
        (b"\xab\xcd\x00\x01\x10\x0a\x00\x00", None),
    ],
)
def test_parse_finds_the_level(extension: bytes, level: int | None) -> None:
    found = parse(raw_rtp(extension=extension), level_id=1, arrival=0.0)
    assert (found.level, found.payload) == (level, OPUS)


def test_parse_without_a_negotiated_id_reads_no_level() -> None:
    assert parse(raw_rtp(extension=one_byte((1, b"\x0a"))), level_id=0, arrival=0.0).level is None


FULL = raw_rtp(7, csrcs=(1, 2), extension=one_byte((1, b"\x0a"), (2, b"mid")), payload=b"", padding=4)


@pytest.mark.parametrize("length", range(len(FULL)))
def test_parse_of_a_packet_cut_anywhere_is_refused(length: int) -> None:
    # The padding's length is the last byte: cut, it is another byte, here 0.
    with pytest.raises(NotRtpError):
        parse(FULL[:length], level_id=1, arrival=0.0)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        raw_rtp(payload=b"")[:11],
        bytes((0x40,)) + raw_rtp()[1:],
        bytes((0xC0,)) + raw_rtp()[1:],
        # Padding of nothing, and of more than there is.
        bytes((0xA0,)) + raw_rtp(payload=b"\x00")[1:],
        bytes((0xA0,)) + raw_rtp(payload=b"a\x03")[1:],
        bytes((0x90,)) + raw_rtp(payload=b"")[1:],
        bytes((0x90,)) + raw_rtp(payload=b"\xbe\xde\x00\x01\x00\x00\x00")[1:],
        bytes((0x8F,)) + raw_rtp(payload=bytes(59))[1:],
    ],
)
def test_parse_of_no_packet_is_refused(raw: bytes) -> None:
    with pytest.raises(NotRtpError):
        parse(raw, level_id=1, arrival=0.0)


@given(st.binary(max_size=80).map(lambda raw: bytes((0x80 | (raw[0] & 0x3F),)) + raw[1:] if raw else raw))
def test_parse_of_any_bytes_is_a_packet_or_refused(raw: bytes) -> None:
    try:
        found = parse(raw, level_id=1, arrival=0.0)
    except NotRtpError:
        return
    assert raw[12:].find(found.payload) >= 0
    assert found.level is None or 0 <= found.level <= 127


@given(
    profile=st.builds(WireProfile, payload_type=st.integers(0, 127), level_id=st.integers(0, 14), slots=st.just(3)),
    label=st.builds(
        Label,
        sequence_number=numbers16,
        timestamp=numbers32,
        ssrc=numbers32,
        csrc=numbers32,
        marker=st.booleans(),
    ),
    payload=payloads,
    level=st.none() | st.integers(0, 127),
)
def test_build_is_read_alike_by_us_and_by_aiortc(
    profile: WireProfile, label: Label, payload: bytes, level: int | None
) -> None:
    raw = build(packet(payload=payload, level=level), profile, label)
    said = (SILENT if level is None else level) if profile.level_id else None
    assert parse(raw, level_id=profile.level_id, arrival=0.0) == RtpPacket(
        payload_type=profile.payload_type,
        marker=label.marker,
        sequence_number=label.sequence_number,
        timestamp=label.timestamp,
        ssrc=label.ssrc,
        payload=payload,
        level=said,
    )
    theirs = AiortcPacket.parse(raw, _map(profile.level_id))
    assert (theirs.csrc, theirs.payload) == ([label.csrc], payload)
    assert theirs.extensions.audio_level == (None if said is None else (False, said))


def _map(level_id: int) -> HeaderExtensionsMap:
    known = HeaderExtensionsMap()
    parameters: Any = _Parameters(level_id)
    known.configure(parameters)
    return known


class _Parameters:
    """As much of RTCRtpParameters as the map reads."""

    def __init__(self, level_id: int) -> None:
        self.headerExtensions = [_Extension(level_id)] if level_id else []


class _Extension:
    uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

    def __init__(self, number: int) -> None:
        self.id = number


# Milliseconds by RFC 6716 table 2: SILK, hybrid, CELT.
FRAMES = [10, 20, 40, 60] * 3 + [10, 20] * 2 + [2.5, 5, 10, 20] * 4


@pytest.mark.parametrize(("config", "milliseconds"), list(enumerate(FRAMES)))
def test_opus_samples_of_each_configuration(config: int, milliseconds: float) -> None:
    one = round(48 * milliseconds)
    for stereo in (False, True):
        first = [toc(config, code, stereo=stereo) for code in range(4)]
        assert opus_samples(bytes((first[0],))) == one
        assert opus_samples(bytes((first[1], 5))) == 2 * one
        assert opus_samples(bytes((first[2], 5))) == 2 * one
        # The upper bits of the count byte say variable lengths and padding, not how many.
        assert opus_samples(bytes((first[3], 0xC0 | 2, 5))) == 2 * one


def test_opus_samples_of_nothing_is_none() -> None:
    assert opus_samples(b"") == 0
    assert opus_samples(bytes((toc(31, 3),))) == 0
    assert opus_samples(bytes((toc(31, 3), 0))) == 0


@pytest.mark.parametrize(
    ("config", "frames", "samples"), [(31, 5, 4800), (31, 6, 5760), (31, 7, 0), (3, 2, 5760), (3, 3, 0), (28, 48, 5760)]
)
def test_opus_samples_at_below_and_above_120_ms(config: int, frames: int, samples: int) -> None:
    """No packet lasts longer (RFC 6716 section 3.4, rule 5)."""
    assert opus_samples(bytes((toc(config, 3), frames))) == samples


# The first three are published vectors of FNV-1a; the hash of the last one is 0. The browser computes the same.
@pytest.mark.parametrize(
    ("person", "number"),
    [
        ("", 0x811C9DC5),
        ("a", 0xE40C292C),
        ("foobar", 0xBF9CF968),
        ("é", 0x1E9DE8C1),
        ("guest:Zk1f", 0x6D4ABAD7),
        ("sXbssr", 1),
    ],
)
def test_source_number_is_the_standard_hash_but_never_zero(person: str, number: int) -> None:
    assert source_number(person) == number
