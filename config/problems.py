"""How a DomainError looks in HTML and in the API (RFC 9457)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from config.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class DomainErrorMiddleware:
    """Turn a DomainError that a page raised into a page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return render(request, "problem.html", {"error": exception}, status=exception.http_status)
        return None
