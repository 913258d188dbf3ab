"""Reads about where somebody is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.devices import device_words

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User


class OpenSession(NamedTuple):
    """A place where somebody is logged in; `id` is for forms, and says nothing of the session's key."""

    id: str
    device: str
    address: str
    began: datetime
    seen: datetime
    is_this: bool


def session_id(key: str) -> str:
    """Return what names a session towards its owner."""
    return salted_hmac("accounts.selectors.sessions", key).hexdigest()[:20]


def living_sessions(person: User) -> list[UserSession]:
    """Return the person's sessions that still let somebody in: not ended, not run out, not older than the password."""
    rows = list(UserSession.objects.filter(user=person))
    stored = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    current = person.get_session_auth_hash()
    living = {
        one.session_key
        for one in stored
        if constant_time_compare(str(one.get_decoded().get(HASH_SESSION_KEY, "")), current)
    }
    return [row for row in rows if row.session_key in living]


def open_sessions(person: User, here: str | None) -> list[OpenSession]:
    """Return where the person is logged in, this place first, then what was used last; `here` is this session's key."""
    found = [
        OpenSession(
            id=session_id(row.session_key),
            device=device_words(row.user_agent),
            address=row.ip,
            began=row.created_at,
            seen=row.last_seen_at,
            is_this=row.session_key == here,
        )
        for row in living_sessions(person)
    ]
    return sorted(found, key=lambda one: (one.is_this, one.seen), reverse=True)
