"""The queue of raised hands and the invitations to speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.selectors.people import person_card
from config.lib.errors import LoginRequiredError
from rooms.enums import Action, Role
from rooms.errors import AlreadyOnStageError, NotInvitedError, NotRaisedError
from rooms.events import RoomChange, change_room
from rooms.models import RaisedHand, StageInvitation
from rooms.protocol import HandLowered, HandRaised, InvitationGone, Invited
from rooms.selectors import iso
from rooms.services.stage import bring_up, person_by_id
from rooms.services.telling import invited

if TYPE_CHECKING:
    from accounts.models import User


def raise_hand(room_id: str, *, by: User | None) -> None:
    """Ask to speak: join the end of the queue. A hand that is up stays where it is.

    An invitation is taken as the answer it is: whoever was asked up and raises a hand comes up.
    """
    with change_room(room_id, by=by, showing=by.public_id if by else None) as change:
        change.require(Action.RAISE_HAND)
        person = change.person
        if RaisedHand.objects.filter(room=change.room, user=person).exists():
            return
        if _invitation(change, person):
            bring_up(change, person)
            return
        hand = RaisedHand.objects.create(room=change.room, user=person, raised_at=timezone.now())
        change.record(HandRaised(person=person_card(person), raised_at=iso(hand.raised_at)))


def lower_hand(room_id: str, *, by: User | None, person_id: str | None = None) -> None:
    """Take a hand down: one's own, or any as a host. One that is down already is fine."""
    with change_room(room_id, by=by) as change:
        person = _whoever_asks(change)
        if person_id is not None and person_id != person.public_id:
            change.require(Action.LOWER_ANY_HAND)
            person = person_by_id(person_id)
        lowered, _ = RaisedHand.objects.filter(room=change.room, user=person).delete()
        if lowered:
            change.record(HandLowered(id=person.public_id))


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
        bring_up(change, person)


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
