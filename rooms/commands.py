"""Which service does what a command asks: one table."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from accounts.policies.eligibility import platform_called
from config.lib.db import in_pool, in_waiting_pool
from config.lib.errors import DomainError
from rooms import protocol
from rooms.blocks import blocks_in, hidden_for
from rooms.enums import EntryRule, StageRole
from rooms.services import (
    board,
    chat,
    entry,
    handover,
    hands,
    lifecycle,
    ping,
    queue,
    recording,
    removal,
    sound,
    speaking,
    stage,
    tips,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.lib.handshake import Visitor


class Sender(Protocol):
    """Whoever sent a command: a person or a guest, on one connection."""

    visitor: Visitor
    session: str
    media_sessions: set[str]
    # The latest time that they were sent out before this connection was opened, by its number.
    removal: int


Answer = dict[str, Any]
# These wait for a relay.
_WAITING = (
    protocol.OfferMedia,
    protocol.CloseMedia,
    protocol.StartRecording,
    protocol.StopRecording,
    protocol.MuteAll,
    protocol.TakeRoom,
)


async def answer_command(sender: Sender, room_id: str, command: protocol.Command) -> Answer:
    """Do what the command asks and return what its `ok` carries. Raises DomainError."""
    run = in_waiting_pool if isinstance(command, _WAITING) else in_pool
    return await run(_COMMANDS[type(command)])(sender, room_id, command) or {}


async def close_offered(sender: Sender) -> None:
    """Close the media sessions that a connection opened, now that it is gone."""
    sessions, sender.media_sessions = sender.media_sessions, set()
    for media_session in sessions:
        # One that is gone already, or whose relay is, must not keep the others open.
        with contextlib.suppress(DomainError):
            await in_waiting_pool(sound.end_media)(media_session, by=sender.visitor.user, guest_key=sender.session)


def _offer(sender: Sender, room_id: str, command: protocol.OfferMedia) -> Answer:
    answer = sound.offer_media(
        room_id, by=sender.visitor.user_now(), guest_key=sender.session, kind=command.kind, sdp=command.sdp
    )
    sender.media_sessions.add(answer.media_session)
    return {"sdp": answer.sdp, "media_session": answer.media_session}


def _close(sender: Sender, _: str, command: protocol.CloseMedia) -> None:
    sound.end_media(command.media_session, by=sender.visitor.user, guest_key=sender.session)
    sender.media_sessions.discard(command.media_session)


def _by_sender(service: Callable[..., Any], *keys: str) -> Callable[[Sender, str, Any], None]:
    """Return a handler that calls `service(room_id, by=…)` with the command's named keys."""

    def handle(sender: Sender, room_id: str, command: protocol.Command) -> None:
        service(room_id, by=sender.visitor.user_now(), **{key + "_id": getattr(command, key) for key in keys})

    return handle


def _list_blocks(sender: Sender, room_id: str, _: protocol.Command) -> Answer:
    user = sender.visitor.user_now()
    return {**blocks_in(room_id, user), "hidden": hidden_for(room_id, user)}


def _change_role(sender: Sender, room_id: str, command: protocol.ChangeRole) -> None:
    stage.change_role(room_id, by=sender.visitor.user_now(), person_id=command.person, role=StageRole(command.role))


def _unmute(sender: Sender, room_id: str, command: protocol.Unmute) -> None:
    stage.unmute(room_id, by=sender.visitor.user_now(), consent=command.consent)


def _raise_hand(sender: Sender, room_id: str, command: protocol.RaiseHand) -> None:
    hands.raise_hand(room_id, by=sender.visitor.user_now(), reason=command.reason)


def _move_hand(sender: Sender, room_id: str, command: protocol.MoveHand) -> None:
    queue.move_hand(room_id, by=sender.visitor.user_now(), person_id=command.person, place=command.place)


def _pin_hand(sender: Sender, room_id: str, command: protocol.PinHand) -> None:
    queue.pin_hand(room_id, by=sender.visitor.user_now(), person_id=command.person, pinned=command.pinned)


def _lock_hands(sender: Sender, room_id: str, command: protocol.LockHands) -> None:
    speaking.lock_hands(room_id, by=sender.visitor.user_now(), locked=command.locked)


def _lock_stage(sender: Sender, room_id: str, command: protocol.LockStage) -> None:
    speaking.lock_stage(room_id, by=sender.visitor.user_now(), locked=command.locked)


def _set_speak_rule(sender: Sender, room_id: str, command: protocol.SetSpeakRule) -> None:
    speaking.change_speak_rule(room_id, by=sender.visitor.user_now(), rule=command.rule)


def _take_room(sender: Sender, room_id: str, _: protocol.TakeRoom) -> None:
    visitor = sender.visitor
    handover.take_room(room_id, by=visitor.user_now(), platform=platform_called(visitor.client_platform))


def _record(sender: Sender, room_id: str, _: protocol.StartRecording) -> None:
    visitor = sender.visitor
    recording.start_room_recording(room_id, by=visitor.user_now(), platform=platform_called(visitor.client_platform))


def _ban(sender: Sender, room_id: str, command: protocol.BanPerson) -> None:
    by = sender.visitor.user_now()
    removal.ban_person(room_id, by=by, person_id=command.person, everywhere=command.everywhere)


def _set_entry(sender: Sender, room_id: str, command: protocol.SetEntry) -> None:
    by, rule = sender.visitor.user_now(), EntryRule(command.rule)
    entry.set_entry(room_id, by=by, rule=rule, guests_listen=command.guests_listen)


def _say(sender: Sender, room_id: str, command: protocol.Say) -> Answer:
    by = sender.visitor.user_now()
    return {"said": chat.say(room_id, by=by, text=command.text, key=command.key, removal=sender.removal)}


def _set_chat(sender: Sender, room_id: str, command: protocol.SetChat) -> None:
    chat.set_chat(room_id, by=sender.visitor.user_now(), open=command.open, slow=command.slow)


def _put_link(sender: Sender, room_id: str, command: protocol.PutLink) -> Answer:
    return {"item": board.put_link(room_id, by=sender.visitor.user_now(), url=command.url)}


def _put_note(sender: Sender, room_id: str, command: protocol.PutNote) -> Answer:
    return {"item": board.put_note(room_id, by=sender.visitor.user_now(), text=command.text)}


_COMMANDS: dict[type[protocol.Command], Callable[[Any, str, Any], Answer | None]] = {
    protocol.RaiseHand: _raise_hand,
    protocol.MoveHand: _move_hand,
    protocol.PinHand: _pin_hand,
    protocol.ClearHands: _by_sender(queue.clear_hands),
    protocol.RestoreHands: _by_sender(queue.restore_hands),
    protocol.LockHands: _lock_hands,
    protocol.LockStage: _lock_stage,
    protocol.SetSpeakRule: _set_speak_rule,
    protocol.MuteAll: _by_sender(stage.mute_all),
    protocol.OfferRoom: _by_sender(handover.offer_room, "person"),
    protocol.WithdrawRoom: _by_sender(handover.withdraw_room),
    protocol.TakeRoom: _take_room,
    protocol.DeclineRoom: _by_sender(handover.decline_room),
    protocol.LowerHand: _by_sender(hands.lower_hand, "person"),
    protocol.AcceptHand: _by_sender(hands.accept_hand, "person"),
    protocol.Invite: _by_sender(hands.invite_to_stage, "person"),
    protocol.Uninvite: _by_sender(hands.uninvite, "person"),
    protocol.AcceptInvitation: _by_sender(hands.accept_invitation),
    protocol.DeclineInvitation: _by_sender(hands.decline_invitation),
    protocol.LeaveStage: _by_sender(stage.leave_stage),
    protocol.RemoveFromStage: _by_sender(stage.remove_from_stage, "person"),
    protocol.ChangeRole: _change_role,
    protocol.Mute: _by_sender(stage.mute, "person"),
    protocol.Unmute: _unmute,
    protocol.RemovePerson: _by_sender(removal.remove_person, "person"),
    protocol.BanPerson: _ban,
    protocol.LiftBan: _by_sender(removal.lift_ban, "person"),
    protocol.Ping: _by_sender(ping.ping, "person"),
    protocol.TakeInvitationBack: _by_sender(entry.take_invitation_back, "person"),
    protocol.SetEntry: _set_entry,
    protocol.StartRecording: _record,
    protocol.StopRecording: _by_sender(recording.stop_room_recording),
    protocol.EndRoom: _by_sender(lifecycle.end_room),
    protocol.Say: _say,
    protocol.RemoveMessage: _by_sender(chat.remove_message, "message"),
    protocol.SetChat: _set_chat,
    protocol.RemoveTip: _by_sender(tips.remove_tip_words, "tip"),
    protocol.PutLink: _put_link,
    protocol.PutNote: _put_note,
    protocol.PinItem: _by_sender(board.pin_item, "item"),
    protocol.RemoveItem: _by_sender(board.remove_item, "item"),
    protocol.RestoreItem: _by_sender(board.restore_item, "item"),
    protocol.OfferMedia: _offer,
    protocol.CloseMedia: _close,
    protocol.ListBlocks: _list_blocks,
}
