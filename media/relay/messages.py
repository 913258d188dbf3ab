"""What the web processes and the relays say to each other, as types. JSON on the wire, decoded strictly.

A message with another version, an unknown field, an unknown kind or a value out of bounds is refused as a whole.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")
VERSION: Literal[1] = 1
MAX_SDP_BYTES = 32 * 1024
# JSON writes one character of what may be SDP as two at most; the rest of a command is small.
MAX_COMMAND_BYTES = 2 * MAX_SDP_BYTES + 8192
# Only what is printable in ASCII: Python splits lines at eleven characters, SDP at one.
_SDP_TEXT = re.compile(r"[\x20-\x7e\r\n\t]+")

Id: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_:.-]+\Z")]
Token: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Sdp: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SDP_BYTES)]
Epoch: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


# So many people one command names at most: more than sit on a stage.
MAX_PERSONS = 64
Persons: TypeAlias = Annotated[list[Id], msgspec.Meta(max_length=MAX_PERSONS)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of this file."""


class OpenPublish(Strict, frozen=True, tag="open_publish", tag_field="kind"):
    """Answer the offer of somebody who speaks. They start muted or not, as the room says."""

    session: Id
    room: Id
    grant: Token
    sdp: Sdp
    muted: bool


class OpenListen(Strict, frozen=True, omit_defaults=True, tag="open_listen", tag_field="kind"):
    """Answer the offer of somebody who listens; from the first packet on they do not hear those in `unheard`."""

    session: Id
    room: Id
    grant: Token
    sdp: Sdp
    unheard: Persons = []


class Close(Strict, frozen=True, tag="close", tag_field="kind"):
    """End one media session. Done also if there is none."""

    session: Id


class CloseRoom(Strict, frozen=True, tag="close_room", tag_field="kind"):
    """End every media session of a room."""

    room: Id


class SetMuted(Strict, frozen=True, tag="set_muted", tag_field="kind"):
    """Drop, or no longer drop, what a person says in a room."""

    room: Id
    person: Id
    muted: bool


class SetUnheard(Strict, frozen=True, tag="set_unheard", tag_field="kind"):
    """Pass nothing of what these people say on to one listening session; said again, it replaces the list.

    Done also if there is no such session.
    """

    session: Id
    persons: Persons


class RevokeEpoch(Strict, frozen=True, tag="revoke_epoch", tag_field="kind"):
    """End what a person publishes in a room by a grant older than `epoch`, and refuse such grants from now on."""

    room: Id
    person: Id
    epoch: Epoch


class Drain(Strict, frozen=True, tag="drain", tag_field="kind"):
    """Stop as SIGTERM would: refuse new sessions, end those there are, leave."""


class Record(Strict, frozen=True, tag="record", tag_field="kind"):
    """Write down what these people, and nobody else, say in a room from now on; said again, it replaces the list."""

    room: Id
    recording: Id
    persons: Persons


class StopRecording(Strict, frozen=True, tag="stop_recording", tag_field="kind"):
    """End a room's recording. Done once its files are closed, also if there is none."""

    room: Id
    recording: Id


Command: TypeAlias = (
    OpenPublish | OpenListen | Close | CloseRoom | SetMuted | SetUnheard | RevokeEpoch | Drain | Record | StopRecording
)


class Request(Strict, frozen=True):
    """A command, where its reply goes and until when (Unix seconds) anybody waits for it."""

    v: Literal[1]
    id: Id
    deadline: float
    command: Command


class RefusalCode(StrEnum):
    """Why a relay did not do it."""

    BAD_MESSAGE = "bad_message"
    BAD_VERSION = "bad_version"
    LATE = "late"
    BAD_SDP = "bad_sdp"
    WRONG_SIGNATURE = "wrong_signature"
    EXPIRED = "expired"
    WRONG_ROOM = "wrong_room"
    WRONG_SESSION = "wrong_session"
    MAY_NOT_PUBLISH = "may_not_publish"
    OLDER_EPOCH = "older_epoch"
    SESSION_EXISTS = "session_exists"
    DRAINING = "draining"
    BUSY = "busy"
    FULL = "full"
    FAILED = "failed"


class RefusalError(Exception):
    """Raised where the relay decides not to do what it was told; `code` goes into the reply."""

    code: RefusalCode


class Answered(Strict, frozen=True, tag="answered", tag_field="kind"):
    sdp: Sdp


class Done(Strict, frozen=True, tag="done", tag_field="kind"):
    pass


class Refused(Strict, frozen=True, tag="refused", tag_field="kind"):
    code: RefusalCode


Reply: TypeAlias = Answered | Done | Refused


class ReplyEnvelope(Strict, frozen=True):
    v: Literal[1]
    id: Id
    reply: Reply


class GoneReason(StrEnum):
    """Why a media session ended, as far as the relay knows."""

    CLOSED = "closed"
    LEFT = "left"
    FAILED = "failed"
    CONNECT_TIMEOUT = "connect_timeout"
    REVOKED = "revoked"
    ROOM_CLOSED = "room_closed"
    SILENT = "silent"
    DRAINING = "draining"


class Connected(Strict, frozen=True, tag="connected", tag_field="kind"):
    """ICE and DTLS are through."""

    session: Id


class Gone(Strict, frozen=True, tag="gone", tag_field="kind"):
    """The session has ended; nothing follows for it."""

    session: Id
    reason: GoneReason


Event: TypeAlias = Connected | Gone


class EventEnvelope(Strict, frozen=True):
    v: Literal[1]
    relay: Id
    incarnation: Id
    event: Event


Level: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=127)]


class Voices(Strict, frozen=True):
    """Who is heard in which room, ten times a second: room -> person -> level in -dBov (0 is loudest; RFC 6464).

    A room in which nobody is heard any more comes once with nobody, then no longer.
    """

    v: Literal[1]
    relay: Id
    incarnation: Id
    rooms: dict[str, dict[str, Level]]


class Receipt(Strict, frozen=True):
    """What one listener was sent, in all since the session began; a later receipt replaces an earlier one.

    `delivered_ms` is time during which somebody was heard, `confirmed_ms` the part that the listener's own reports
    (RFC 3550 section 6.4.2) say has arrived.
    """

    v: Literal[1]
    relay: Id
    incarnation: Id
    session: Id
    room: Id
    person: Id
    delivered_ms: int
    confirmed_ms: int


class TalkReceipt(Strict, frozen=True):
    """What came of one speaker, in all since the session began; a later receipt replaces an earlier one.

    `received_ms` is time during which their microphone was open and packets came, `voice_ms` the part in which they
    talked: louder than -50 dBov, with pauses of less than half a second between words (media.relay.sound_time).
    """

    v: Literal[1]
    relay: Id
    incarnation: Id
    session: Id
    room: Id
    person: Id
    received_ms: int
    voice_ms: int


class IntervalReceipt(Strict, frozen=True):
    """When one listener with an account heard something, and how much (media.relay.intervals); said once.

    `number` counts a session's from 1, so one that comes twice is known. `start_ms` and `end_ms` (Unix time by the
    relay's clock) lie on one day (UTC), at most a minute apart. `delivered` packets were sent to the listener, on all
    lines together; of these `confirmed` have arrived by their reports.
    """

    v: Literal[1]
    relay: Id
    incarnation: Id
    session: Id
    room: Id
    person: Id
    number: int
    start_ms: int
    end_ms: int
    delivered: int
    confirmed: int


AnyReceipt: TypeAlias = Receipt | TalkReceipt | IntervalReceipt


class Heartbeat(Strict, frozen=True):
    """How a relay is. `beat` grows with each; `load` is 1 when the relay takes nobody more; `counts` since it began."""

    v: Literal[1]
    relay: Id
    incarnation: Id
    beat: int
    started_at: float
    addresses: list[str]
    sessions: int
    load: float
    draining: bool
    counts: dict[str, int]


def may_be_sdp(text: str) -> bool:
    """Say whether a text is short and plain enough to be sent to a relay as SDP."""
    return len(text) <= MAX_SDP_BYTES and _SDP_TEXT.fullmatch(text) is not None


class MessageError(Exception):
    """These bytes are no message; `code` says why, `request_id` to whom, where that could be read."""

    def __init__(self, code: RefusalCode, request_id: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.request_id = request_id


class _Label(msgspec.Struct):
    """The two fields that every version has, read from what could not be read as a whole."""

    v: int
    id: Id


_requests = msgspec.json.Decoder(Request)
_labels = msgspec.json.Decoder(_Label)
_replies = msgspec.json.Decoder(ReplyEnvelope)
_events = msgspec.json.Decoder(EventEnvelope)
_heartbeats = msgspec.json.Decoder(Heartbeat)
_voices = msgspec.json.Decoder(Voices)
_receipts = msgspec.json.Decoder(Receipt)
_talk_receipts = msgspec.json.Decoder(TalkReceipt)
_interval_receipts = msgspec.json.Decoder(IntervalReceipt)
encode = msgspec.json.encode


def decode_request(raw: bytes) -> Request:
    """Return the request. Raises MessageError."""
    if len(raw) > MAX_COMMAND_BYTES:
        raise MessageError(RefusalCode.BAD_MESSAGE)
    try:
        return _requests.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _label_of(raw) from None


def _label_of(raw: bytes) -> MessageError:
    try:
        label = _labels.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return MessageError(RefusalCode.BAD_MESSAGE)
    return MessageError(RefusalCode.BAD_MESSAGE if label.v == VERSION else RefusalCode.BAD_VERSION, label.id)


def decode_reply(raw: bytes) -> ReplyEnvelope:
    """Return the reply. Raises MessageError."""
    return _decode(_replies, raw)


def decode_event(raw: bytes) -> EventEnvelope:
    """Return the event. Raises MessageError."""
    return _decode(_events, raw)


def decode_heartbeat(raw: bytes) -> Heartbeat:
    """Return the heartbeat. Raises MessageError."""
    return _decode(_heartbeats, raw)


def decode_voices(raw: bytes) -> Voices:
    """Return who is heard. Raises MessageError."""
    return _decode(_voices, raw)


def decode_receipt(raw: bytes) -> Receipt:
    """Return the receipt. Raises MessageError."""
    return _decode(_receipts, raw)


def decode_talk_receipt(raw: bytes) -> TalkReceipt:
    """Return the receipt. Raises MessageError."""
    return _decode(_talk_receipts, raw)


def decode_interval_receipt(raw: bytes) -> IntervalReceipt:
    """Return the receipt. Raises MessageError."""
    return _decode(_interval_receipts, raw)


def _decode(decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MessageError(RefusalCode.BAD_MESSAGE) from None
