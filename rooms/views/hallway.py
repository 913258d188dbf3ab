"""The page where one sees what is on, and the one that says in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.lib.errors import BadRequestError
from config.lib.paging import BadCursorError
from rooms.replays import recent_replays
from rooms.selectors import live_page
from rooms.upcoming import upcoming_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def hallway(request: HttpRequest) -> HttpResponse:
    """Show the live rooms, what is to come, and what can be heard again; further down live rooms only."""
    after = request.GET.get("after", "")
    try:
        page = live_page(request.user, after=after)
    except BadCursorError as error:
        raise BadRequestError from error
    context = {
        "rooms": page.cards,
        "next_cursor": page.next_cursor,
        "after": after,
        "upcoming": [] if after else upcoming_for(request.user),
        "replays": [] if after else recent_replays(request.user),
    }
    return render(request, "rooms/hallway.html", context)


@require_safe
def order(request: HttpRequest) -> HttpResponse:
    """Say in words how the hallway is ordered, the same as docs/hallway.md."""
    return render(request, "rooms/order.html")
