"""What clients send: the commands of docs/protocol.md as types."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from rooms.enums import ChatPace, EntryRule, Reaction, SpeakRule, StageRole

MAX_COMMAND_BYTES = 16 * 1024
CommandId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
PersonId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=14)]
# The service says how long a reason may be; this only keeps nonsense away.
Reason: TypeAlias = Annotated[str, msgspec.Meta(max_length=2000)]
Place: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Sdp: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_COMMAND_BYTES)]
Seq: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
StageRoleName: TypeAlias = StageRole
EntryRuleName: TypeAlias = EntryRule

Device: TypeAlias = Annotated[str, msgspec.Meta(max_length=32)]


class Hello(msgspec.Struct, tag="hello"):
    """`device` names one visit of a page, also through reconnects; `take` is whether it takes the person's seat."""

    last_seq: Seq
    device: Device = ""
    take: bool = False


class Resync(msgspec.Struct, tag="resync"):
    last_seq: Seq


class Command(msgspec.Struct):
    """Something that a client wants to be so; `id` comes back in the answer."""

    id: CommandId


class RaiseHand(Command, tag="hand.raise"):
    reason: Reason | None = None


class LowerHand(Command, tag="hand.lower"):
    person: PersonId | None = None


class AcceptHand(Command, tag="hand.accept"):
    person: PersonId


class MoveHand(Command, tag="hand.move"):
    person: PersonId
    place: Place


class PinHand(Command, tag="hand.pin"):
    person: PersonId
    pinned: bool = True


class ClearHands(Command, tag="hands.clear"):
    pass


class RestoreHands(Command, tag="hands.restore"):
    pass


class LockHands(Command, tag="hands.lock"):
    locked: bool = True


class LockStage(Command, tag="stage.lock"):
    locked: bool = True


class SetSpeakRule(Command, tag="stage.rule"):
    rule: SpeakRule


class MuteAll(Command, tag="mic.mute_all"):
    pass


class OfferRoom(Command, tag="handover.offer"):
    person: PersonId


class WithdrawRoom(Command, tag="handover.withdraw"):
    pass


class TakeRoom(Command, tag="handover.accept"):
    pass


class DeclineRoom(Command, tag="handover.decline"):
    pass


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


class RemovePerson(Command, tag="person.remove"):
    person: PersonId


class BanPerson(Command, tag="person.ban"):
    """`everywhere`: from all rooms of the host, who alone may say so."""

    person: PersonId
    everywhere: bool = False


class LiftBan(Command, tag="person.unban"):
    person: PersonId


class Ping(Command, tag="person.ping"):
    person: PersonId


class TakeInvitationBack(Command, tag="admission.withdraw"):
    person: PersonId


class SetEntry(Command, tag="room.entry"):
    rule: EntryRuleName
    guests_listen: bool


class StartRecording(Command, tag="recording.start"):
    pass


class StopRecording(Command, tag="recording.stop"):
    pass


class EndRoom(Command, tag="room.end"):
    pass


class React(Command, tag="react"):
    name: Reaction


class Say(Command, tag="chat.say"):
    """`key` is the sender's name for the message: sent again under the same, it is the same message."""

    key: CommandId
    text: str


class RemoveMessage(Command, tag="chat.remove"):
    message: PersonId


class SetChat(Command, tag="chat.set"):
    open: bool
    slow: ChatPace


class RemoveTip(Command, tag="tip.remove"):
    tip: PersonId


class PutLink(Command, tag="board.link"):
    url: str


class PutNote(Command, tag="board.note"):
    text: str


class PinItem(Command, tag="board.pin"):
    item: PersonId | None


class RemoveItem(Command, tag="board.remove"):
    item: PersonId


class RestoreItem(Command, tag="board.restore"):
    item: PersonId


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
    | MoveHand
    | PinHand
    | ClearHands
    | RestoreHands
    | LockHands
    | LockStage
    | SetSpeakRule
    | MuteAll
    | OfferRoom
    | WithdrawRoom
    | TakeRoom
    | DeclineRoom
    | Invite
    | Uninvite
    | AcceptInvitation
    | DeclineInvitation
    | LeaveStage
    | RemoveFromStage
    | ChangeRole
    | Mute
    | Unmute
    | RemovePerson
    | BanPerson
    | LiftBan
    | Ping
    | TakeInvitationBack
    | SetEntry
    | StartRecording
    | StopRecording
    | EndRoom
    | React
    | Say
    | RemoveMessage
    | SetChat
    | RemoveTip
    | PutLink
    | PutNote
    | PinItem
    | RemoveItem
    | RestoreItem
    | OfferMedia
    | CloseMedia
    | ListBlocks
)
