"""What hosts see of their rooms in figures: one room, all of one's rooms, and the same as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.lib.csv_files import csv_response
from config.lib.errors import NotFoundError
from rooms import stats_files
from rooms.stats import hosted_rooms_to_count, room_lines, room_stats, room_to_count
from rooms.stats_charts import reaction_shares, stats_charts, talk_shares, trend_charts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ROOMS_PAGE = 20
TABLES = {
    "minutes": stats_files.minutes_table,
    "speakers": stats_files.speakers_table,
    "replays": stats_files.replays_table,
}


@require_safe
def stats(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a room's figures; while it is live they renew themselves."""
    room = room_to_count(request.user, public_id)
    context: dict[str, object] = {"room": room}
    if room.began_at is not None:
        found = room_stats(room)
        context |= {
            "stats": found,
            "charts": stats_charts(found),
            "talk": talk_shares(found),
            "reactions": reaction_shares(found),
        }
    response = render(request, "rooms/stats.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def stats_file(request: HttpRequest, public_id: str, table: str) -> HttpResponse:
    """Return a room's figures for a spreadsheet."""
    room = room_to_count(request.user, public_id)
    if room.began_at is None or table not in TABLES:
        raise NotFoundError
    header, rows = TABLES[table](room_stats(room))
    return csv_response(f"causerie-{room.public_id}-{table}", header, rows)


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show how one's last rooms went."""
    assert request.user.is_authenticated
    page = Paginator(hosted_rooms_to_count(request.user.pk), ROOMS_PAGE).get_page(request.GET.get("page"))
    lines = room_lines(list(page))
    context = {"page": page, "lines": lines, "charts": trend_charts(lines) if len(lines) > 1 else []}
    response = render(request, "rooms/stats_overview.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@login_required
def overview_file(request: HttpRequest) -> HttpResponse:
    """Return the same of all of one's rooms for a spreadsheet."""
    assert request.user.is_authenticated
    header, rows = stats_files.rooms_table(room_lines(hosted_rooms_to_count(request.user.pk)))
    return csv_response("causerie-rooms", header, rows)
