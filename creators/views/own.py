"""What the pages of one's own money have in common: whose they are, and that nobody keeps a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.selectors.people import person_of
from config.lib.errors import NotFoundError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User


def person_at(request: HttpRequest) -> User:
    """Return who asks. Raises NotFoundError."""
    person = person_of(request.user)
    if person is None:
        raise NotFoundError
    return person


def own_page(response: HttpResponse) -> HttpResponse:
    """Let no cache keep it."""
    response["Cache-Control"] = "private, no-store"
    return response
