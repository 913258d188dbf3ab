"""Language and time zone of a page: the person's own choice, else the browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone, translation

from accounts.services.sessions import note_use
from accounts.time_zones import COOKIE, is_time_zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class PersonLocaleMiddleware:
    """Switch to language and zone of the logged-in person's choice; it stands behind AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "")
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen
        zone = getattr(request.user, "time_zone", "") or request.COOKIES.get(COOKIE, "")
        # A thread serves many people: what the one before lived by is not kept.
        if is_time_zone(zone):
            timezone.activate(zone)
        else:
            timezone.deactivate()
        return self.get_response(request)


class SessionUseMiddleware:
    """Note now and then that a session is used; it stands behind AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            note_use(request)
        return self.get_response(request)
