"""Whoever has just shown that a closed account is theirs, for the few minutes in which they may take it up again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from accounts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest

RETURNING_SECONDS = 600
_KEY = "returning"


def remember_returning(request: HttpRequest, person: User) -> None:
    """Keep in the session who it is, once their password was right."""
    request.session[_KEY] = [person.pk, time.time()]


def returning_person(request: HttpRequest) -> User | None:
    """Return who that is, unless it was too long ago."""
    pk, since = request.session.get(_KEY, (None, 0.0))
    if pk is None or time.time() - since > RETURNING_SECONDS:
        return None
    return User.objects.filter(pk=pk, is_active=False).first()


def forget_returning(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
