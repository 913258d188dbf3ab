"""The frames of docs/protocol.md as types: commands from clients, events of a room.

A test compares this file, the document and the browser's state.js.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from accounts.selectors import PersonCard
from config.lib.daphne_sockets import Frame
from rooms.enums import Reaction, StageRole
from rooms.errors import BadFrameError, TooLargeError, UnknownTypeError

MAX_COMMAND_BYTES = 16 * 1024
CommandId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
PersonId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=14)]
Sdp: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_COMMAND_BYTES)]
Seq: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
StageRoleName: TypeAlias = StageRole


class Hello(msgspec.Struct, tag="hello"):
    last_seq: Seq


class Resync(msgspec.Struct, tag="resync"):
    last_seq: Seq


class Command(msgspec.Struct):
    """Something that a client wants to be so; `id` comes back in the answer."""

    id: CommandId


class RaiseHand(Command, tag="hand.raise"):
    pass


class LowerHand(Command, tag="hand.lower"):
    person: PersonId | None = None


class AcceptHand(Command, tag="hand.accept"):
    person: PersonId


class Invite(Command, tag="stage.invite"):
    person: PersonId


class Uninvite(Command, tag="stage.uninvite"):
    person: PersonId


class AcceptInvitation(Command, tag="invitation.accept"):
    pass


class DeclineInvitation(Command, tag="invitation.decline"):
    pass


class LeaveStage(Command, tag="stage.leave"):
    pass


class RemoveFromStage(Command, tag="stage.remove"):
    person: PersonId


class ChangeRole(Command, tag="stage.role"):
    person: PersonId
    role: Literal["cohost", "speaker"]


class Mute(Command, tag="mic.mute"):
    person: PersonId | None = None


class Unmute(Command, tag="mic.unmute"):
    """`consent`: agrees to be recorded, after having read what that means."""

    consent: bool = False


class StartRecording(Command, tag="recording.start"):
    pass


class StopRecording(Command, tag="recording.stop"):
    pass


class EndRoom(Command, tag="room.end"):
    pass


class React(Command, tag="react"):
    name: Reaction


class OfferMedia(Command, tag="media.offer"):
    kind: Literal["publish", "listen"]
    sdp: Sdp


class ListBlocks(Command, tag="blocks.list"):
    pass


class CloseMedia(Command, tag="media.close"):
    media_session: PersonId


ClientFrame: TypeAlias = (
    Hello
    | Resync
    | RaiseHand
    | LowerHand
    | AcceptHand
    | Invite
    | Uninvite
    | AcceptInvitation
    | DeclineInvitation
    | LeaveStage
    | RemoveFromStage
    | ChangeRole
    | Mute
    | Unmute
    | StartRecording
    | StopRecording
    | EndRoom
    | React
    | OfferMedia
    | CloseMedia
    | ListBlocks
)


class RoomCardState(msgspec.Struct):
    """The room itself, as clients know it. Times are ISO 8601 in UTC."""

    id: str
    title: str
    description: str
    language: str
    state: str
    started_at: str
    ended_at: str | None
    recording: bool
    recording_trouble: bool


class RoomOpened(msgspec.Struct, tag="room.opened"):
    room: RoomCardState
    host: PersonCard


class RoomEnded(msgspec.Struct, tag="room.ended"):
    ended_at: str


class StageJoined(msgspec.Struct, tag="stage.joined"):
    person: PersonCard
    role: StageRoleName


class StageLeft(msgspec.Struct, tag="stage.left"):
    id: str


class RoleChanged(msgspec.Struct, tag="stage.role"):
    id: str
    role: StageRoleName


class MicChanged(msgspec.Struct, tag="stage.muted"):
    id: str
    muted: bool


class RecordingStarted(msgspec.Struct, tag="recording.started"):
    pass


class RecordingStopped(msgspec.Struct, tag="recording.stopped"):
    pass


class RecordingTrouble(msgspec.Struct, tag="recording.trouble"):
    trouble: bool


class HandRaised(msgspec.Struct, tag="hand.raised"):
    person: PersonCard
    raised_at: str


class HandLowered(msgspec.Struct, tag="hand.lowered"):
    id: str


class Invited(msgspec.Struct, tag="invited"):
    person: PersonCard


class InvitationGone(msgspec.Struct, tag="invitation.gone"):
    id: str


class PersonChanged(msgspec.Struct, tag="person.changed"):
    person: PersonCard


Event: TypeAlias = (
    RoomOpened
    | RoomEnded
    | StageJoined
    | StageLeft
    | RoleChanged
    | MicChanged
    | RecordingStarted
    | RecordingStopped
    | RecordingTrouble
    | HandRaised
    | HandLowered
    | Invited
    | InvitationGone
    | PersonChanged
)

SERVER_FRAMES = (
    "welcome",
    "snapshot",
    "events",
    "pulse",
    "talking",
    "reactions",
    "media.gone",
    "blocks.changed",
    "ok",
    "error",
    "reconnect",
)


class _Head(msgspec.Struct):
    type: str
    id: CommandId | None = None


FRAME_TYPES: dict[str, type[msgspec.Struct]] = {
    str(struct.__struct_config__.tag): struct for struct in ClientFrame.__args__
}
EVENT_TYPES: dict[str, type[msgspec.Struct]] = {str(struct.__struct_config__.tag): struct for struct in Event.__args__}
_frames = msgspec.json.Decoder(ClientFrame)
_heads = msgspec.json.Decoder(_Head)


def parse_frame(text: str) -> ClientFrame:
    """Return the frame that `text` holds.

    Raises TooLargeError, BadFrameError or UnknownTypeError.
    """
    if len(text) > MAX_COMMAND_BYTES or len(raw := text.encode()) > MAX_COMMAND_BYTES:
        raise TooLargeError
    try:
        frame: ClientFrame = _frames.decode(raw)
    except msgspec.DecodeError as error:
        head = _head_of(raw)
        if head is not None and head.type not in FRAME_TYPES:
            raise UnknownTypeError from error
        raise BadFrameError from error
    return frame


def command_id_of(text: str) -> str | None:
    """Return the command's id from a frame that may be wrong otherwise, so that its refusal can name it."""
    head = None if len(text) > MAX_COMMAND_BYTES else _head_of(text.encode())
    return head.id if head else None


def _head_of(raw: bytes) -> _Head | None:
    try:
        return _heads.decode(raw)
    except msgspec.DecodeError:
        return None


def encode(frame: dict[str, Any]) -> Frame:
    """Return the frame as it goes over the wire."""
    return Frame(msgspec.json.encode(frame).decode())
