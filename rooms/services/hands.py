"""The queue of raised hands and the invitations to speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.selectors.people import person_card
from config.lib.errors import InvalidError, LoginRequiredError
from config.lib.plain_text import tidy_line
from rooms.enums import Action, Role
from rooms.errors import AlreadyOnStageError, NotInvitedError, NotRaisedError, StageFullError, StageLockedError
from rooms.events import RoomChange, change_room
from rooms.models import REASON_MAX_LENGTH, RaisedHand, StageInvitation
from rooms.protocol import HandLowered, HandRaised, HandReason, InvitationGone, Invited
from rooms.selectors import iso
from rooms.services.queue import next_position
from rooms.services.speaking import check_may_ask
from rooms.services.stage import bring_up, check_may_speak, person_by_id
from rooms.services.telling import invited

if TYPE_CHECKING:
    from accounts.models import User


def raise_hand(room_id: str, *, by: User | None, reason: str | None = None) -> None:
    """Ask to speak: join the end of the queue. A hand that is up stays where it is; a new reason takes the old one's
    place. Everybody in the room sees it.

    An invitation is taken as the answer it is: whoever was asked up and raises a hand comes up. Raises InvalidError for
    a reason that is too long, and what `check_may_ask` raises.
    """
    words = _checked_reason(reason)
    with change_room(room_id, by=by, showing=by.public_id if by else None) as change:
        change.require(Action.RAISE_HAND)
        person = change.person
        check_may_speak(change, person)
        hand = RaisedHand.objects.filter(room=change.room, user=person).first()
        if hand is not None:
            _change_reason(change, hand, words)
        elif _invitation(change, person):
            bring_up(change, person)
        else:
            check_may_ask(change, person)
            _join_queue(change, person, words or "")


def _checked_reason(reason: str | None) -> str | None:
    words = None if reason is None else tidy_line(reason)
    if words is not None and len(words) > REASON_MAX_LENGTH:
        raise InvalidError(_("Say it in at most %(limit)d characters.") % {"limit": REASON_MAX_LENGTH})
    return words


def _change_reason(change: RoomChange, hand: RaisedHand, reason: str | None) -> None:
    if reason is None or hand.reason == reason:
        return
    hand.reason = reason
    hand.save(update_fields=["reason"])
    change.record(HandReason(id=change.person.public_id, reason=reason))


def _join_queue(change: RoomChange, person: User, reason: str) -> None:
    hand = RaisedHand.objects.create(
        room=change.room,
        user=person,
        raised_at=timezone.now(),
        reason=reason,
        position=next_position(change.room),
    )
    change.record(HandRaised(person=person_card(person), raised_at=iso(hand.raised_at), reason=reason))


def lower_hand(room_id: str, *, by: User | None, person_id: str | None = None) -> None:
    """Take a hand down: one's own, or any as a host. One that is down already is fine."""
    with change_room(room_id, by=by) as change:
        asks = person = _whoever_asks(change)
        if person_id is not None and person_id != person.public_id:
            change.require(Action.LOWER_ANY_HAND)
            person = person_by_id(person_id)
        lowered, _ = RaisedHand.objects.filter(room=change.room, user=person).delete()
        if lowered:
            change.record(HandLowered(id=person.public_id, by=asks.public_id if asks != person else None))


def accept_hand(room_id: str, *, by: User | None, person_id: str) -> None:
    """Bring up somebody whose hand is up.

    Two hosts may accept the same hand: the second finds the person on the stage, which is what it wanted. Raises
    NotRaisedError, StageFullError.
    """
    with change_room(room_id, by=by, showing=person_id) as change:
        change.require(Action.ACCEPT_HAND)
        person = change.person
        if change.member(person) is not None:
            return
        if not RaisedHand.objects.filter(room=change.room, user=person).exists():
            raise NotRaisedError
        bring_up(change, person)


def invite_to_stage(room_id: str, *, by: User | None, person_id: str) -> None:
    """Ask somebody of the audience up. If their hand is up they come at once. Raises AlreadyOnStageError."""
    with change_room(room_id, by=by, showing=person_id) as change:
        change.require(Action.INVITE)
        person = change.person
        change.check_welcome(person)
        host = _whoever_asks(change)
        if change.role_of(person) is not Role.LISTENER:
            raise AlreadyOnStageError
        check_may_speak(change, person)
        if change.room.stage_locked:
            raise StageLockedError
        if RaisedHand.objects.filter(room=change.room, user=person).exists():
            bring_up(change, person)
        elif not _invitation(change, person):
            invitation = StageInvitation.objects.create(room=change.room, user=person, invited_by=host)
            change.record(Invited(person=person_card(person)))
            invited(change.room, person, invitation)


def uninvite(room_id: str, *, by: User | None, person_id: str) -> None:
    """Take an invitation back. One that is gone already is fine."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.INVITE)
        _drop_invitation(change, person)


def accept_invitation(room_id: str, *, by: User | None) -> None:
    """Come up as asked. Raises NotInvitedError, StageFullError (the invitation then stays)."""
    with change_room(room_id, by=by, showing=by.public_id if by else None) as change:
        person = change.person
        # Whoever is on the stage has accepted already; their role there has no invitations to answer.
        if change.member(person) is not None:
            return
        change.require(Action.ANSWER_INVITATION)
        if not _invitation(change, person):
            raise NotInvitedError
        try:
            bring_up(change, person)
        except StageFullError:
            # Whoever is asked up cannot make room for themselves.
            raise StageFullError(
                _("The stage is full. Your invitation stays: try again when somebody has stepped down.")
            ) from None


def decline_invitation(room_id: str, *, by: User | None) -> None:
    """Say no to an invitation. One that is gone already is fine."""
    with change_room(room_id, by=by) as change:
        person = _whoever_asks(change)
        if change.member(person) is not None:
            return
        change.require(Action.ANSWER_INVITATION)
        _drop_invitation(change, person)


def _whoever_asks(change: RoomChange) -> User:
    if change.by is None:
        raise LoginRequiredError
    return change.by


def _invitation(change: RoomChange, person: User) -> bool:
    return StageInvitation.objects.filter(room=change.room, user=person).exists()


def _drop_invitation(change: RoomChange, person: User) -> None:
    dropped, _ = StageInvitation.objects.filter(room=change.room, user=person).delete()
    if dropped:
        change.record(InvitationGone(id=person.public_id))
