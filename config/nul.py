"""Refuses the one character that no text of ours holds and PostgreSQL cannot store: NUL.

Forms and serializers refuse it themselves, but not every text that somebody sends goes through one: ids in addresses,
a search, `next`. Asked of the database, each of them would be a 500.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.lib.errors import BadRequestError, NotFoundError
from config.problems import problem_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\0"


class NulMiddleware:
    """Answer 404 to an address with a NUL in it, 400 to a query or a form. It stands last, so the page is whole."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            return problem_response(request, NotFoundError())
        # Of JSON and files nothing is read here: `POST` holds forms only.
        if _has_nul(request.GET) or _has_nul(request.POST):
            return problem_response(request, BadRequestError())
        return self.get_response(request)


def _has_nul(sent: QueryDict) -> bool:
    return any(NUL in name or any(NUL in value for value in values) for name, values in sent.lists())
