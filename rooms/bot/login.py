"""A session for the account that a bot speaks as, made on the server as logging in would make it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

if TYPE_CHECKING:
    from accounts.models import User


def log_in(user: User) -> str:
    """Return the key of a new session of this person."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    key: str = session.session_key
    return key


def log_out(session_key: str) -> None:
    """End that session."""
    import_module(settings.SESSION_ENGINE).SessionStore(session_key).delete()


def cookie(session_key: str) -> str:
    """Return the header that a browser would send."""
    return f"{settings.SESSION_COOKIE_NAME}={session_key}"
