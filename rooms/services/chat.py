"""Writing in a room, and what hosts do about it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.enums import Feature
from accounts.selectors.people import person_card
from accounts.selectors.restrictions import check_open
from config.lib.errors import ForbiddenError, LoginRequiredError
from config.lib.plain_text import tidy_lines
from config.lib.publish import publish
from rooms.blocks import told_of_messages
from rooms.entry_rules import Decision
from rooms.enums import RUNNING, Action, ChatPace, EntryRule
from rooms.errors import BadMessageError, ChatBusyError, ChatClosedError, ChatSlowError, EntryRefusedError
from rooms.events import RoomChange, change_room, group_of
from rooms.models import MESSAGE_MAX_LENGTH, ChatMessage, RoomEvent
from rooms.permissions import may
from rooms.protocol import ChatRemoved, ChatSaid
from rooms.selectors import enter, message_in
from rooms.services.speaking import set_fields
from rooms.services.words import check_words

if TYPE_CHECKING:
    from accounts.models import User

_EMPTY_LINES = re.compile(r"\n{3,}")


def say(room_id: str, *, by: User | None, text: str, key: str, removal: int | None = None) -> str:
    """Write a message for everybody in the room or its lobby; return its id. Sent again under the same key it is one.

    `removal` is the latest time that they were sent out which the sender's connection knows of, by its number; None if
    there is no connection. Raises BadMessageError, EntryRefusedError, FeatureClosedError, ChatClosedError,
    WordsRefusedError, ChatSlowError or ChatBusyError.
    """
    text = _tidied(text)
    with change_room(room_id, by=by, showing=by.public_id if by else None, lobby=True) as change:
        change.require(Action.CHAT)
        person = change.person
        check_open(person, Feature.CHAT)
        _check_inside(change, person, removal)
        said = ChatMessage.objects.filter(room=change.room, user=person, key=key).first()
        if said is not None:
            return said.public_id
        _check(change, person, text)
        _tell_hidden(change, person)
        message = ChatMessage(room=change.room, user=person, key=key, text=text)
        change.record(ChatSaid(id=message.public_id, person=person_card(person), text=text))
        told = change.recorded[-1]
        message.seq, message.created_at = told.seq, told.created_at
        message.save()
        return message.public_id


def remove_message(room_id: str, *, by: User | None, message_id: str, staff: bool = False) -> None:
    """Take the words of a message away: one's own, or any as a host. Of one that is removed nothing is left to remove.

    `staff=True` is for edges that have checked staff permission themselves. Raises NotFoundError, ForbiddenError.
    """
    if by is None and not staff:
        raise LoginRequiredError
    with change_room(room_id, by=by, live=False) as change:
        message = message_in(change.room, message_id)
        if by is not None and not staff:
            change.check_welcome(by)
            if message.user_id != by.pk and not may(change.role_of(by), Action.MODERATE_CHAT):
                raise ForbiddenError
        empty_message(change, message)


def set_chat(room_id: str, *, by: User | None, open: bool, slow: ChatPace) -> None:  # noqa: A002 - as on the wire
    """Say whether all may write, and how many seconds one person waits between two messages."""
    with change_room(room_id, by=by, lobby=True) as change:
        change.require(Action.MODERATE_CHAT)
        set_fields(change, chat_open=open, chat_slow=slow)


def empty_message(change: RoomChange, message: ChatMessage) -> None:
    """Take its words out of the row and of the event that told them; whoever is in the room is told."""
    if message.removed_at is not None:
        return
    message.text, message.removed_at = "", timezone.now()
    message.save(update_fields=["text", "removed_at"])
    told = RoomEvent.objects.filter(room=change.room, seq=message.seq).first()
    if told is not None:
        told.body["text"] = ""
        told.save(update_fields=["body"])
    if change.room.state in RUNNING:
        change.record(ChatRemoved(id=message.public_id))


def _check_inside(change: RoomChange, person: User, removal: int | None) -> None:
    """Stop whoever may not enter, and whoever was sent out and whose connection is only about to be closed.

    Under the room's lock, as removal is: what was written in one go with it is either before or not at all.
    """
    if enter(person, change.room.public_id) != removal and removal is not None:
        raise EntryRefusedError(Decision(EntryRule(change.room.entry_rule), allowed=False))


def _tell_hidden(change: RoomChange, person: User) -> None:
    """Before somebody's first message comes, let those look again who are not to see it: whomever they blocked."""
    if ChatMessage.objects.filter(room=change.room, user=person).exists():
        return
    room_id, told = change.room.public_id, told_of_messages(person)
    if told:
        message = {"type": "room.blocks", "room": room_id, "people": told}
        transaction.on_commit(lambda: publish(group_of(room_id), message))


def _tidied(text: str) -> str:
    tidied = _EMPTY_LINES.sub("\n\n", tidy_lines(text))
    if not 1 <= len(tidied) <= MESSAGE_MAX_LENGTH:
        raise BadMessageError
    return tidied


def _check(change: RoomChange, person: User, text: str) -> None:
    """Hosts may write in a closed chat, and need not wait; the room's own limit is for all."""
    hosts = may(change.role_of(person), Action.MODERATE_CHAT)
    if not hosts and not change.room.chat_open:
        raise ChatClosedError
    check_words(change.room, text)
    if not hosts:
        _check_pace(change, person)
    _check_busy(change)


def _check_pace(change: RoomChange, person: User) -> None:
    last = ChatMessage.objects.filter(room=change.room, user=person).order_by("-seq").first()
    if last is None or not change.room.chat_slow:
        return
    wait = last.created_at + timedelta(seconds=change.room.chat_slow) - timezone.now()
    if wait > timedelta(0):
        # Rounded up: whoever waits so long is not refused a second time.
        seconds = -(-wait // timedelta(seconds=1))
        words = ngettext(
            "This chat is slow: you can write again in %(seconds)d second.",
            "This chat is slow: you can write again in %(seconds)d seconds.",
            seconds,
        )
        raise ChatSlowError(words % {"seconds": seconds})


def _check_busy(change: RoomChange) -> None:
    most = settings.ROOM_CHAT_PER_SECOND
    lately = ChatMessage.objects.filter(room=change.room).order_by("-seq").values_list("created_at", flat=True)
    if any(at > timezone.now() - timedelta(seconds=1) for at in lately[most - 1 : most]):
        raise ChatBusyError
