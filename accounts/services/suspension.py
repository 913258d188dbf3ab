"""Closing an account by decision of staff: unlike one's own closing there is no coming back by logging in."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.services.deletion import tell_closed
from accounts.services.sessions import end_other_sessions
from config.lib.errors import ForbiddenError


def suspend(person: User) -> None:
    """Close somebody's account now: their sessions end, and so does whatever they do in rooms. One closed is fine.

    Never call it inside a transaction. Raises ForbiddenError for staff: that is done among the accounts.
    """
    with transaction.atomic(durable=True):
        locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if locked.is_staff or locked.is_superuser:
            raise ForbiddenError
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        end_other_sessions(locked, here=None)
    person.is_active = False
    tell_closed(person)
