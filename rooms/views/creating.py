"""Opening a room, at once or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.policies.eligibility import decide, platform_of
from accounts.policies.rules import Purpose
from accounts.policies.words import Refusal
from config.lib.errors import DomainError
from rooms.enums import EntryRule, Rhythm
from rooms.plan_forms import PlanForm
from rooms.selectors import hosted_live_rooms
from rooms.services.lifecycle import open_room
from rooms.services.planning import schedule_room
from rooms.services.series import schedule_series
from rooms.upcoming import planned_by

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.policies.rules import Platform
    from rooms.models import Room


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a title and open the room, or plan it; whoever may not host reads why."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError
    platform = platform_of(request.headers)
    decision = decide(user, Purpose.HOST, platform)
    form = PlanForm(
        request.POST or None, initial={"when": request.GET.get("when", "now"), "topics": request.GET.getlist("topic")}
    )
    if form.is_valid() and decision.allowed:
        try:
            made = _make(form, user, platform)
        except DomainError as error:
            form.take(error)
        else:
            # What a ticket costs is said there.
            sells = made.entry_rule == EntryRule.TICKET
            return redirect(settings.ROOM_TICKETS_PAGE if sells else "rooms:room", made.public_id)
    status = 403 if form.is_bound and not decision.allowed else 422 if form.errors else 200
    context: dict[str, Any] = {"form": form, "refusal": None if decision.allowed else Refusal(decision)}
    if form.non_field_errors() and not form.is_planned:
        lobbies = [card for card in planned_by(user) if card["open"]]
        context["already_open"] = [*hosted_live_rooms(user, user), *lobbies]
    return render(request, "rooms/create.html", context, status=status)


def _make(form: PlanForm, host: User, platform: Platform) -> Room:
    said = form.said
    if form.starts_at is None:
        return open_room(host, **said, platform=platform)
    if rhythm := form.cleaned_data["rhythm"]:
        zone = form.cleaned_data["zone"]
        return schedule_series(
            host, **said, starts_at=form.starts_at, rhythm=Rhythm(rhythm), zone=zone, platform=platform
        )
    return schedule_room(host, **said, starts_at=form.starts_at, platform=platform)
