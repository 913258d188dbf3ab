"""Calendars: a file for each planned room, a feed for each person, and the page of what one has planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.lib.errors import NotFoundError
from rooms.calendars import CONTENT_TYPE, calendar_of
from rooms.selectors import room_to_enter
from rooms.services.feeds import feed_of, renew_feed
from rooms.upcoming import awaited_by, calendar_rooms, feed_owner, planned_by

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def room_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return a planned room for a calendar."""
    found = room_to_enter(request.user, public_id)
    if found.starts_at is None:
        raise NotFoundError
    response = HttpResponse(calendar_of([found]), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="causerie-{found.public_id}.ics"'
    return response


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return somebody's rooms to their calendar program, which logs in nowhere: the address is the key."""
    del request
    owner = feed_owner(token)
    with translation.override(owner.language or translation.get_language()):
        body = calendar_of(calendar_rooms(owner), name=_("My rooms on Causerie"))
    response = HttpResponse(body, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """Show what one has planned, what one waits for, and the address of one's calendar."""
    person = request.user
    assert person.is_authenticated
    address = request.build_absolute_uri(reverse("rooms:feed", args=[feed_of(person).token]))
    context = {
        "planned": planned_by(person),
        "awaited": awaited_by(person),
        "feed": address,
        # What programs on telephones and desks open by themselves.
        "feed_for_programs": "webcal" + address.removeprefix("https").removeprefix("http"),
    }
    response = render(request, "rooms/plans.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@login_required
def renew(request: HttpRequest) -> HttpResponse:
    """Give one's calendar another address."""
    assert request.user.is_authenticated
    renew_feed(request.user)
    messages.success(request, _("Your calendar has a new address. The old one no longer works."))
    return redirect("rooms:planned")
