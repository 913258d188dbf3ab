"""Messages: what was encoded is decoded, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay import messages
from media.relay.messages import (
    VERSION,
    Answered,
    Close,
    CloseRoom,
    Connected,
    Done,
    Drain,
    EventEnvelope,
    Gone,
    GoneReason,
    MessageError,
    OpenListen,
    OpenPublish,
    RefusalCode,
    Refused,
    ReplyEnvelope,
    Request,
    RevokeEpoch,
    SetMuted,
    SetUnheard,
    encode,
)


@pytest.mark.parametrize(
    "command",
    [
        OpenPublish(session="s", room="r", grant="g", sdp="v=0", muted=True),
        OpenListen(session="s", room="r", grant="g", sdp="v=0"),
        OpenListen(session="s", room="r", grant="g", sdp="v=0", unheard=["p"]),
        SetUnheard(session="s", persons=["p", "q"]),
        Close(session="s"),
        CloseRoom(room="r"),
        SetMuted(room="r", person="guest:p", muted=False),
        RevokeEpoch(room="r", person="p", epoch=2**53 - 1),
        Drain(),
    ],
)
def test_decode_request_of_each_command(command: messages.Command) -> None:
    request = Request(v=VERSION, id="a", deadline=1.5, command=command)
    assert messages.decode_request(encode(request)) == request


@pytest.mark.parametrize("reply", [Answered(sdp="v=0"), Done(), Refused(code=RefusalCode.FULL)])
def test_decode_reply_of_each_kind(reply: messages.Reply) -> None:
    envelope = ReplyEnvelope(v=VERSION, id="a", reply=reply)
    assert messages.decode_reply(encode(envelope)) == envelope


@pytest.mark.parametrize("event", [Connected(session="s"), Gone(session="s", reason=GoneReason.LEFT)])
def test_decode_event_of_each_kind(event: messages.Event) -> None:
    envelope = EventEnvelope(v=VERSION, relay="r", incarnation="i", event=event)
    assert messages.decode_event(encode(envelope)) == envelope


@given(st.binary(max_size=300))
def test_decode_of_any_bytes_is_a_message_error(raw: bytes) -> None:
    for decode in (messages.decode_request, messages.decode_reply, messages.decode_event, messages.decode_heartbeat):
        with pytest.raises(MessageError):
            decode(raw)


@pytest.mark.parametrize(("length", "fits"), [(63, True), (64, True), (65, False), (0, False)])
def test_id_below_at_and_above_its_length(length: int, fits: bool) -> None:
    raw = encode(Request(v=VERSION, id="a", deadline=1.0, command=Close(session="s" * length)))
    if fits:
        assert messages.decode_request(raw).id == "a"
    else:
        with pytest.raises(MessageError):
            messages.decode_request(raw)


def test_largest_offer_fits_into_a_command() -> None:
    sdp = "\r\n" * (messages.MAX_SDP_BYTES // 2)
    command = OpenPublish(session="s" * 64, room="r" * 64, grant="g" * 2048, sdp=sdp, muted=True)
    raw = encode(Request(v=VERSION, id="a" * 64, deadline=1e10, command=command))
    assert messages.decode_request(raw).command == command


@pytest.mark.parametrize(("extra", "read"), [(-1, True), (0, True), (1, False)])
def test_command_below_at_and_above_its_size(extra: int, read: bool) -> None:
    raw = encode(Request(v=VERSION, id="a", deadline=1.0, command=Drain()))
    raw += b" " * (messages.MAX_COMMAND_BYTES + extra - len(raw))
    if read:
        assert messages.decode_request(raw).command == Drain()
    else:
        with pytest.raises(MessageError):
            messages.decode_request(raw)
