"""The picture of somebody's shared page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from accounts.selectors.people import person_by_handle
from accounts.sharing import words_of
from config.lib.share_answer import answer_with

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def picture(request: HttpRequest, handle: str) -> HttpResponse:
    """Show what a stranger may know of somebody, whoever asks: caches keep one answer for all."""
    return answer_with(request, words_of(person_by_handle(handle)))
