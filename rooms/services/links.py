"""Reading what the links on boards lead to: due work is a row, and any number of jobs may look for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone

from config.lib.reading import UnreadableError, read
from rooms.enums import LinkState
from rooms.events import change_room
from rooms.link_pictures import KINDS, MOST_BYTES, drop_picture, keep_picture
from rooms.links import words_of
from rooms.models import LINK_TITLE_MAX_LENGTH, SITE_MAX_LENGTH, BoardItem
from rooms.protocol import BoardPut
from rooms.selectors import board_entry

if TYPE_CHECKING:
    from datetime import datetime

    from rooms.links import LinkWords

log = structlog.get_logger(__name__)

PAGES = ("text/html", "application/xhtml+xml")
MOST_PAGE_BYTES = 512 * 1024
PAGE_SECONDS, PICTURE_SECONDS = 8.0, 8.0
# Longer than both together: a job that died has let go of its link by then.
CLAIM = timedelta(seconds=30)
# After so long a link stays plain, whatever kept the jobs.
PATIENCE = timedelta(minutes=2)


def due_links() -> list[int]:
    """Return the links that nobody has read and nobody is reading."""
    due = BoardItem.objects.filter(state=LinkState.LOADING, claimed_until__lte=timezone.now())
    return list(due.order_by("claimed_until").values_list("pk", flat=True)[:20])


def read_link(item_id: int) -> None:
    """Read one link and tell its room. A second job for the same does nothing."""
    now = timezone.now()
    if not _claim(item_id, now):
        return
    item = BoardItem.objects.select_related("room").get(pk=item_id)
    if item.created_at < now - PATIENCE:
        _finish(item, None, "")
        return
    words = _words(item)
    _finish(item, words, _picture(words.picture) if words else "")


def _claim(item_id: int, now: datetime) -> bool:
    """Take the link for a while; return whether it was free. Of any number of jobs one gets it."""
    free = BoardItem.objects.filter(pk=item_id, state=LinkState.LOADING, claimed_until__lte=now)
    return free.update(claimed_until=now + CLAIM) == 1


def _words(item: BoardItem) -> LinkWords | None:
    try:
        found = read(
            item.url,
            kinds=PAGES,
            most_bytes=MOST_PAGE_BYTES,
            seconds=PAGE_SECONDS,
            private=settings.LINK_PRIVATE_ADDRESSES,
        )
    except UnreadableError as error:
        log.info("link_not_read", item=item.public_id, reason=str(error))
        return None
    return words_of(
        found.body, found.charset, found.address, title_most=LINK_TITLE_MAX_LENGTH, site_most=SITE_MAX_LENGTH
    )


def _picture(address: str) -> str:
    """Keep the picture that the page names; return its name, empty for none."""
    if not address:
        return ""
    try:
        found = read(
            address,
            kinds=KINDS,
            most_bytes=MOST_BYTES,
            seconds=PICTURE_SECONDS,
            private=settings.LINK_PRIVATE_ADDRESSES,
        )
    except UnreadableError:
        return ""
    return keep_picture(found.body) if found.whole else ""


def _finish(item: BoardItem, words: LinkWords | None, picture: str) -> None:
    """Write down what was found, and tell whoever is in the room."""
    known = words is not None and bool(words.title)
    try:
        with change_room(item.room.public_id, by=None, live=False) as change:
            now = BoardItem.objects.select_related("user", "room").get(pk=item.pk)
            if now.state != LinkState.LOADING:
                drop_picture(picture)
                return
            now.state = LinkState.READY if known else LinkState.FAILED
            now.title, now.site = (words.title, words.site) if words else ("", "")
            now.picture = picture
            now.save(update_fields=["state", "title", "site", "picture"])
            if change.room.is_live and now.removed_at is None:
                change.record(BoardPut(item=board_entry(now)))
    except BoardItem.DoesNotExist:
        drop_picture(picture)


def forget_items(items: list[BoardItem]) -> None:
    """Delete items of boards for good, with their pictures; never call it inside a transaction."""
    BoardItem.objects.filter(pk__in=[item.pk for item in items]).delete()
    for item in items:
        drop_picture(item.picture)
