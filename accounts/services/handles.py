"""Changing from one handle to another: the old one is kept, and nobody changes too often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import HandleChangedTooOftenError, HandleTakenError
from accounts.models import FormerHandle
from accounts.selectors.former_handles import is_kept_for_another, next_change_at
from config.lib.formats import moment

if TYPE_CHECKING:
    from accounts.models import User


def is_another_handle(one: str, other: str) -> bool:
    """Say whether these are two handles, not one in two cases."""
    return one.upper() != other.upper()


def refuse_if_too_often(person: User) -> None:
    """Raise HandleChangedTooOftenError if the person has used up their changes. Needs the lock on the person's row."""
    at = next_change_at(person)
    if at is not None:
        text = _("You have changed your handle often lately. You can do so again on %(when)s.")
        raise HandleChangedTooOftenError(text % {"when": moment(at)})


def refuse_if_kept(person: User) -> None:
    """Raise HandleTakenError if the handle that the person has just been saved with is kept for somebody else.

    After the save, in its transaction: the unique index lets nobody take a handle before the one who gives it up has
    committed, and with that what is kept for them. Looked at before, it might not be there yet.
    """
    if is_kept_for_another(person.handle, person):
        raise HandleTakenError


def keep_former(person: User, handle: str) -> None:
    """Let the handle that the person had lead to them on. Rows that say nothing any more go."""
    days = max(settings.HANDLE_KEPT_DAYS, settings.HANDLE_CHANGES_DAYS)
    FormerHandle.objects.filter(person=person, given_up_at__lt=timezone.now() - timedelta(days=days)).delete()
    FormerHandle.objects.create(person=person, handle=handle)
