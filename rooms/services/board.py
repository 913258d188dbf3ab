"""Putting links and notes on a room's board, and taking them down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from accounts.enums import Feature
from accounts.selectors.restrictions import check_open
from config.lib.errors import NotFoundError
from config.lib.outgoing import BadAddressError, ascii_address, check_address
from config.lib.plain_text import tidy_lines
from config.lib.public_id import is_public_id
from rooms.enums import Action, BoardKind, LinkState
from rooms.errors import BadLinkError, BadNoteError, BoardFullError
from rooms.events import RoomChange, change_room
from rooms.models import NOTE_MAX_LENGTH, URL_MAX_LENGTH, BoardItem
from rooms.protocol import BoardPinned, BoardPut, BoardRemoved
from rooms.selectors import board_entry
from rooms.services.words import check_words

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User


def put_link(room_id: str, *, by: User | None, url: str) -> str:
    """Put a link on the board; return its id. A job reads what it leads to. Raises BadLinkError, BoardFullError."""
    try:
        url = ascii_address(url)
        check_address(url, private=settings.LINK_PRIVATE_ADDRESSES)
    except BadAddressError as error:
        raise BadLinkError from error
    if len(url) > URL_MAX_LENGTH:
        raise BadLinkError
    return _put(room_id, by, kind=BoardKind.LINK, url=url, state=LinkState.LOADING)


def put_note(room_id: str, *, by: User | None, text: str) -> str:
    """Put a note on the board; return its id. Raises BadNoteError, WordsRefusedError, BoardFullError."""
    text = tidy_lines(text)
    if not 1 <= len(text) <= NOTE_MAX_LENGTH:
        raise BadNoteError
    return _put(room_id, by, kind=BoardKind.NOTE, text=text)


def _put(room_id: str, by: User | None, **fields: Any) -> str:
    """What hangs there already is not hung up twice."""
    with change_room(room_id, by=by, showing=by.public_id if by else None) as change:
        change.require(Action.USE_BOARD)
        check_open(change.person, Feature.CHAT)
        same = _hung(change).filter(**{name: fields[name] for name in ("kind", "url", "text") if name in fields})
        if (there := same.first()) is not None:
            return there.public_id
        check_words(change.room, fields.get("text", ""))
        _check_room(change)
        item = BoardItem(room=change.room, user=change.person, seq=change.room.seq + 1, **fields)
        item.save()
        change.record(BoardPut(item=board_entry(item)))
        return item.public_id


def pin_item(room_id: str, *, by: User | None, item_id: str | None) -> None:
    """Pin one item to the top, in the place of the one that was there; with None, none."""
    with change_room(room_id, by=by) as change:
        change.require(Action.USE_BOARD)
        item = _item(change, item_id) if item_id is not None else None
        pinned = _hung(change).filter(pinned=True).first()
        if pinned == item:
            return
        BoardItem.objects.filter(room=change.room, pinned=True).update(pinned=False)
        if item is not None:
            item.pinned = True
            item.save(update_fields=["pinned"])
        change.record(BoardPinned(id=item_id))


def remove_item(room_id: str, *, by: User | None, item_id: str) -> None:
    """Take an item down; for a day it can be put back. One that is down already is fine."""
    with change_room(room_id, by=by) as change:
        change.require(Action.USE_BOARD)
        item = _item(change, item_id, gone=True)
        if item.removed_at is None:
            item.pinned, item.removed_at = False, timezone.now()
            item.save(update_fields=["pinned", "removed_at"])
            change.record(BoardRemoved(id=item.public_id))


def restore_item(room_id: str, *, by: User | None, item_id: str) -> None:
    """Put back what was taken down, where it was. Raises BoardFullError."""
    with change_room(room_id, by=by) as change:
        change.require(Action.USE_BOARD)
        item = _item(change, item_id, gone=True)
        if item.removed_at is None:
            return
        _check_room(change)
        item.removed_at = None
        item.save(update_fields=["removed_at"])
        change.record(BoardPut(item=board_entry(item)))


def _hung(change: RoomChange) -> QuerySet[BoardItem]:
    return BoardItem.objects.filter(room=change.room, removed_at=None)


def _check_room(change: RoomChange) -> None:
    if _hung(change).count() >= settings.ROOM_BOARD_LIMIT:
        raise BoardFullError


def _item(change: RoomChange, item_id: str, *, gone: bool = False) -> BoardItem:
    items = BoardItem.objects.filter(room=change.room) if gone else _hung(change)
    item = items.filter(public_id=item_id).first() if is_public_id(item_id) else None
    if item is None:
        raise NotFoundError
    return item
