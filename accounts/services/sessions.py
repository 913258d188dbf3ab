"""Ending sessions, and noting when each was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.selectors.sessions import session_id
from accounts.services.security import end_sockets_of
from config.lib.errors import NotFoundError

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest

    from accounts.models import User

log = structlog.get_logger(__name__)


def end_session(person: User, *, name: str) -> None:
    """End one of the person's sessions by its id: its next request is a guest's. Raises NotFoundError."""
    for session in UserSession.objects.filter(user=person):
        if session_id(session.session_key) == name:
            _end(session)
            return
    raise NotFoundError


def end_other_sessions(person: User, *, here: str | None) -> int:
    """End all of the person's sessions but this one; return how many."""
    others = list(UserSession.objects.filter(user=person).exclude(session_key=here or ""))
    for session in others:
        _end(session)
    return len(others)


def _end(session: UserSession) -> None:
    """End a session, and what it holds open."""
    end_sockets_of(session.session_key)
    session.end()


def note_use(request: HttpRequest) -> None:
    """Write down that this session is used, at most once in SESSION_SEEN_SECONDS; without Redis, not at all."""
    key = request.session.session_key
    if not key or not _is_due(key):
        return
    if not UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now()):
        # It began before sessions were listed.
        UserSession.objects.create_from_request(request)


def noted_at_login(request: HttpRequest, **_kwargs: Any) -> None:
    """Receive Django's `user_logged_in`: what has just begun needs no note."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key:
        _is_due(key)


def _is_due(key: str) -> bool:
    """Say whether the session was not noted lately, and count it as noted."""
    try:
        return cache.add(f"session:seen:{session_id(key)}", 1, timeout=settings.SESSION_SEEN_SECONDS)
    except RedisError as error:
        log.warning("session_not_noted", error=type(error).__name__)
        return False
