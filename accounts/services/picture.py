"""Somebody's own picture: set, changed, taken away."""

from __future__ import annotations

import secrets
from functools import partial
from typing import IO, TYPE_CHECKING

import structlog
from django.db import transaction

from accounts.models import User
from accounts.pictures import discard, squares_of, store
from accounts.selectors.people import person_card
from accounts.services.profile import announce_if_changed

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)


def change_picture(user: User, *, sent: IO[bytes]) -> User:
    """Make what was sent the person's picture; return the person as they are now.

    The files lie in the storage before anybody is told of them, and those of the picture before go after the commit.
    Raises PictureTooHeavyError, PictureTooLargeError or PictureUnreadableError; then nothing has changed.
    """
    squares = squares_of(sent)
    # A name nobody can guess, and a new one for each picture: what browsers keep for ever is never another's.
    name = secrets.token_hex(16)
    try:
        store(name, squares)
        return _set(user, name)
    except BaseException:
        discard(name)
        raise


def remove_picture(user: User) -> User:
    """Take the person's picture away, if there is one; the drawing is shown again."""
    return _set(user, "")


@transaction.atomic
def _set(user: User, name: str) -> User:
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before, old = person_card(person), person.picture
    person.picture = name
    person.save(update_fields=["picture"])
    announce_if_changed(person, before)
    if old:
        transaction.on_commit(partial(_quietly, partial(discard, old)))
    return person


def _quietly(delete: Callable[[], None]) -> None:
    """Delete; a file that stays is a file too many, not a failure of the change that was made."""
    try:
        delete()
    except OSError as error:
        log.warning("picture_not_deleted", error=type(error).__name__)
