"""What the parser of frames takes and refuses."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import BadFrameError, TooLargeError, UnknownTypeError
from rooms.protocol import (
    MAX_COMMAND_BYTES,
    AcceptHand,
    ChangeRole,
    Hello,
    LowerHand,
    OfferMedia,
    RaiseHand,
    command_id_of,
    parse_frame,
)

if TYPE_CHECKING:
    from config.lib.errors import DomainError
    from rooms.protocol import ClientFrame


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"type":"hello","last_seq":0}', Hello(last_seq=0)),
        ('{"type":"hand.lower","id":"a"}', LowerHand(id="a")),
        ('{"type":"hand.accept","id":"a","person":"p1","more":[1]}', AcceptHand(id="a", person="p1")),
        (
            '{"type":"stage.role","id":"a","person":"p1","role":"cohost"}',
            ChangeRole(id="a", person="p1", role="cohost"),
        ),
    ],
)
def test_frame_is_read(text: str, frame: ClientFrame) -> None:
    assert parse_frame(text) == frame


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadFrameError),
        ("nonsense", BadFrameError),
        ("[]", BadFrameError),
        ('"hello"', BadFrameError),
        ("{}", BadFrameError),
        ('{"type":7}', BadFrameError),
        ('{"type":"hello"}', BadFrameError),
        ('{"type":"hello","last_seq":"0"}', BadFrameError),
        ('{"type":"hello","last_seq":-1}', BadFrameError),
        ('{"type":"hand.raise"}', BadFrameError),
        ('{"type":"hand.raise","id":7}', BadFrameError),
        ('{"type":"hand.raise","id":""}', BadFrameError),
        ('{"type":"hand.accept","id":"a"}', BadFrameError),
        ('{"type":"stage.role","id":"a","person":"p","role":"host"}', BadFrameError),
        ('{"type":"hand.wave","id":"a"}', UnknownTypeError),
    ],
)
def test_frame_is_refused(text: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        parse_frame(text)


@pytest.mark.parametrize(("length", "fits"), [(31, True), (32, True), (33, False)])
def test_command_id_has_a_longest_length(length: int, fits: bool) -> None:
    text = json.dumps({"type": "hand.raise", "id": "x" * length})
    if fits:
        assert parse_frame(text) == RaiseHand(id="x" * length)
    else:
        with pytest.raises(BadFrameError):
            parse_frame(text)


@pytest.mark.parametrize(("size", "fits"), [(-1, True), (0, True), (1, False)])
def test_frame_has_a_largest_size(size: int, fits: bool) -> None:
    head, tail = '{"type":"media.offer","id":"a","kind":"listen","sdp":"', '"}'
    sdp = "é" * ((MAX_COMMAND_BYTES + size - len(head) - len(tail)) // 2)
    sdp += "x" * (MAX_COMMAND_BYTES + size - len(head) - len(tail) - len(sdp.encode()))
    text = head + sdp + tail
    assert len(text.encode()) == MAX_COMMAND_BYTES + size
    if fits:
        assert parse_frame(text) == OfferMedia(id="a", kind="listen", sdp=sdp)
    else:
        with pytest.raises(TooLargeError):
            parse_frame(text)


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda x: st.dictionaries(st.sampled_from(["type", "id", "person"]), x) | st.lists(x),
        ).map(json.dumps),
    )
)
def test_whatever_comes_is_a_frame_or_a_clear_error(text: str) -> None:
    # Any other exception, here or in the line after, is what this looks for.
    with contextlib.suppress(BadFrameError, UnknownTypeError, TooLargeError):
        parse_frame(text)
    command_id_of(text)


def test_command_id_is_found_in_a_wrong_frame() -> None:
    assert command_id_of('{"type":"hand.accept","id":"c7"}') == "c7"
    assert command_id_of("nonsense") is None
