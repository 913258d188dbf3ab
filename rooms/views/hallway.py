"""The page where one sees what is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.replays import recent_replays
from rooms.selectors import hallway_for
from rooms.upcoming import upcoming_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def hallway(request: HttpRequest) -> HttpResponse:
    """Show the live rooms, and what can be heard again."""
    context = {
        "rooms": hallway_for(request.user),
        "upcoming": upcoming_for(request.user),
        "replays": recent_replays(request.user),
    }
    return render(request, "rooms/hallway.html", context)
