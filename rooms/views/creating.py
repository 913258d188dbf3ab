"""Opening a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.policies.eligibility import decide, platform_of
from accounts.policies.rules import Purpose
from accounts.policies.words import Refusal
from config.lib.errors import DomainError
from rooms.forms import RoomForm
from rooms.selectors import hosted_live_rooms
from rooms.services.lifecycle import open_room

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a title and open the room; whoever may not host reads why."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError
    platform = platform_of(request.headers)
    decision = decide(user, Purpose.HOST, platform)
    form = RoomForm(request.POST or None)
    if form.is_valid() and decision.allowed:
        try:
            opened = open_room(user, **form.cleaned_data, platform=platform)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("rooms:room", opened.public_id)
    status = 403 if form.is_bound and not decision.allowed else 422 if form.errors else 200
    context: dict[str, Any] = {"form": form, "refusal": None if decision.allowed else Refusal(decision)}
    if form.non_field_errors():
        context["already_open"] = hosted_live_rooms(user, user)
    return render(request, "rooms/create.html", context, status=status)
