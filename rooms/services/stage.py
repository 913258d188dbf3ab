"""Who is on the stage, as what, and with an open or a closed microphone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from accounts.enums import Feature
from accounts.models import User
from accounts.selectors.people import person_card
from accounts.selectors.restrictions import check_open, is_closed
from config.lib.errors import LoginRequiredError, NotFoundError
from config.lib.public_id import is_public_id
from media.services.recordings import add_consent, has_consented, tell_recorders
from media.services.sessions import end_publishing, note_publish_muted, revoke_publishing, set_publish_muted
from rooms.enums import Action, Role, StageRole
from rooms.errors import (
    CannotSpeakError,
    CohostsFullError,
    ConsentNeededError,
    NotOnStageError,
    StageFullError,
    StageLockedError,
)
from rooms.events import RoomChange, change_room
from rooms.models import RaisedHand, StageInvitation, StageMember
from rooms.permissions import may_act_on
from rooms.protocol import MicChanged, RoleChanged, StageJoined, StageLeft
from rooms.selectors import is_muted
from rooms.services.leaders import note_role
from rooms.services.offers import drop_offer

if TYPE_CHECKING:
    from datetime import datetime

    from media.models import MediaSession

# Nobody switches a microphone that often within the milliseconds that a relay takes.
TELLING_ATTEMPTS = 5
# Which words somebody agreed to: those of templates/rooms/partials/_recording_dialogs.html. Count up when their meaning
# changes.
CONSENT_WORDS = "1"


def person_by_id(public_id: str) -> User:
    """Return the person whom a command names, also if their account is closed; raises NotFoundError."""
    person = User.objects.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if person is None:
        raise NotFoundError
    return person


def bring_up(change: RoomChange, person: User, *, role: StageRole = StageRole.SPEAKER) -> None:
    """Put the person on the stage, muted; their hand and invitation go. The room's lock keeps the limit.

    Raises StageLockedError, StageFullError, NotFoundError for somebody whom the room is hidden from, and what
    `check_may_speak` raises.
    """
    change.check_welcome(person)
    check_may_speak(change, person)
    if change.room.stage_locked:
        raise StageLockedError
    stage = StageMember.objects.filter(room=change.room)
    if stage.count() >= settings.ROOM_STAGE_LIMIT:
        raise StageFullError
    note_role(StageMember.objects.create(room=change.room, user=person, role=role))
    RaisedHand.objects.filter(room=change.room, user=person).delete()
    StageInvitation.objects.filter(room=change.room, user=person).delete()
    change.record(StageJoined(person=person_card(person), role=role))


def check_may_speak(change: RoomChange, person: User) -> None:
    """Stop if staff have closed speaking for the person. Raises FeatureClosedError, for others CannotSpeakError."""
    if change.by == person:
        check_open(person, Feature.SPEAK)
    elif is_closed(person, Feature.SPEAK):
        raise CannotSpeakError


def leave_stage(room_id: str, *, by: User | None) -> None:
    """Go back to the audience oneself. Whoever is not on the stage is there already."""
    with change_room(room_id, by=by) as change:
        if change.by is None or change.member(change.by) is None:
            return
        change.require(Action.STEP_DOWN)
        ended, since = take_down(change, change.by)
    revoke_publishing(room_id, user=change.by, ended=ended, since=since)


def remove_from_stage(room_id: str, *, by: User | None, person_id: str) -> None:
    """Move somebody to the audience; their sound stops in the relay at once. Raises NotOnStageError."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.MOVE_TO_AUDIENCE, on=person)
        ended, since = take_down(change, person)
    revoke_publishing(room_id, user=person, ended=ended, since=since)


def change_role(room_id: str, *, by: User | None, person_id: str, role: StageRole) -> None:
    """Make somebody on the stage a co-host or a speaker. Raises NotOnStageError, CohostsFullError."""
    person = person_by_id(person_id)
    with change_room(room_id, by=by) as change:
        change.require(Action.CHANGE_ROLE, on=person)
        member = _on_stage(change, person)
        if member.role == role:
            return
        if role is StageRole.COHOST and _cohosts(change) >= settings.ROOM_COHOST_LIMIT:
            raise CohostsFullError
        member.role = role
        member.save(update_fields=["role"])
        note_role(member)
        change.record(RoleChanged(id=person.public_id, role=role))


def mute(room_id: str, *, by: User | None, person_id: str | None = None) -> None:
    """Close a microphone: one's own, or that of somebody below. Raises NotOnStageError."""
    person = _self_or(by, person_id)
    with change_room(room_id, by=by) as change:
        if person == by:
            change.require(Action.SPEAK)
        else:
            change.require(Action.MUTE_OTHER, on=person)
        _set_muted(change, person, muted=True)
    tell_microphone(room_id, person)


def mute_all(room_id: str, *, by: User | None) -> None:
    """Close the microphones of everybody below; each opens their own again when they like."""
    with change_room(room_id, by=by) as change:
        change.require(Action.MUTE_OTHER)
        if change.by is None:
            return
        silenced = mute_others(change, change.by)
    for person in silenced:
        tell_microphone(room_id, person)


def unmute(room_id: str, *, by: User | None, consent: bool = False) -> None:
    """Open one's own microphone; nobody opens another's.

    While the room is recorded, only whoever agrees to that, now or before, is heard: else ConsentNeededError.
    """
    with change_room(room_id, by=by) as change:
        change.require(Action.SPEAK)
        person = _self_or(by, None)
        check_may_speak(change, person)
        if change.room.recording:
            _keep_consent(change, person, consent=consent)
        _set_muted(change, person, muted=False)
    if change.room.recording:
        tell_recorders(room_id)
    tell_microphone(room_id, person)


def _keep_consent(change: RoomChange, person: User, *, consent: bool) -> None:
    room_id = change.room.public_id
    if consent:
        add_consent(room_id, user=person, words=CONSENT_WORDS)
    elif not has_consented(room_id, user=person):
        raise ConsentNeededError


def take_down(change: RoomChange, person: User) -> tuple[list[MediaSession], datetime]:
    """Move somebody to the audience, inside the caller's change; `revoke_publishing` after it. Raises NotOnStageError.

    Return what they published, and since when they had the right to.
    """
    member = _on_stage(change, person)
    since = member.joined_at
    member.delete()
    drop_offer(change, person)
    change.record(StageLeft(id=person.public_id))
    return end_publishing(change.room.public_id, user=person), since


def close_microphone(change: RoomChange, person: User) -> None:
    """Mute somebody on the stage, inside the caller's change; `tell_microphone` after it. Raises NotOnStageError."""
    _set_muted(change, person, muted=True)


def mute_others(change: RoomChange, person: User) -> list[User]:
    """Close every open microphone of those below somebody, inside the caller's change; return whose, for
    `tell_microphone`.
    """
    open_ones = StageMember.objects.filter(room=change.room, muted=False).exclude(user=person).select_related("user")
    role = change.role_of(person)
    others = [member.user for member in open_ones.order_by("pk") if may_act_on(role, Role(member.role))]
    # All at once, because rows of one relay must be locked in their order.
    note_publish_muted(change.room.public_id, users=others, muted=True)
    for other in others:
        _set_muted(change, other, muted=True)
    return others


def tell_microphone(room_id: str, person: User) -> None:
    """Let the relay know whether the person's microphone is open, after that was committed.

    What the row says counts, not what this caller wanted: two who change it may come here in the other order. And if it
    changed while the relay was told, it is told again.
    """
    for _ in range(TELLING_ATTEMPTS):
        muted = is_muted(room_id, person)
        set_publish_muted(room_id, user=person, muted=muted)
        if is_muted(room_id, person) == muted:
            return


def _self_or(by: User | None, person_id: str | None) -> User:
    if person_id is not None and (by is None or by.public_id != person_id):
        return person_by_id(person_id)
    if by is None:
        raise LoginRequiredError
    return by


def _on_stage(change: RoomChange, person: User) -> StageMember:
    member = change.member(person)
    if member is None:
        raise NotOnStageError
    return member


def _set_muted(change: RoomChange, person: User, *, muted: bool) -> None:
    member = _on_stage(change, person)
    if member.muted == muted:
        return
    member.muted = muted
    member.save(update_fields=["muted"])
    note_publish_muted(change.room.public_id, users=[person], muted=muted)
    by = change.by.public_id if change.by is not None and change.by != person else None
    change.record(MicChanged(id=person.public_id, muted=muted, by=by))


def _cohosts(change: RoomChange) -> int:
    return StageMember.objects.filter(room=change.room, role=StageRole.COHOST).count()
