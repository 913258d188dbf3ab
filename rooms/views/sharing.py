"""The picture of a shared room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from config.lib.share_answer import answer_with
from rooms.selectors import room_for
from rooms.sharing import words_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def picture(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a stranger may know of the room, whoever asks: caches keep one answer for all."""
    return answer_with(request, words_of(room_for(None, public_id)))
