"""Rooms that have not begun, or never did, in the style guide: the real pages, of which nothing is connected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.selectors.people import person_card
from config.lib.errors import NotFoundError
from config.styleguide.rooms import DESCRIPTION, TITLE
from config.styleguide.samples import LONG_NAME, LONG_TITLE, NAMES
from config.styleguide.views import for_staff
from rooms.enums import CancelReason, RoomState
from rooms.models import Room
from rooms.views.planning import planned_context

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class Plan:
    """What is particular about a planned room of the guide; `who` looks is the host, a person or a guest."""

    who: str = "person"
    state: RoomState = RoomState.SCHEDULED
    ahead: timedelta = timedelta(days=3)
    waiting: int = 0
    reminded: bool = False
    reason: str = ""
    title: str = TITLE
    name: str = NAMES[0]


LOBBY = RoomState.OPEN
SOON = timedelta(minutes=7, seconds=12)
PLANS: dict[str, Plan] = {
    "planned": Plan(),
    "planned-reminded": Plan(reminded=True),
    "planned-guest": Plan(who="guest"),
    "planned-host": Plan(who="host", waiting=12),
    "planned-soon": Plan(ahead=SOON),
    "planned-late": Plan(ahead=timedelta(minutes=-4)),
    "planned-long": Plan(title=LONG_TITLE, name=LONG_NAME),
    "lobby": Plan(state=LOBBY, ahead=SOON, waiting=1),
    "lobby-host": Plan(who="host", state=LOBBY, ahead=SOON, waiting=48),
    "lobby-empty": Plan(who="host", state=LOBBY, ahead=SOON),
    "cancelled": Plan(state=RoomState.CANCELLED, reason=CancelReason.HOST),
    "cancelled-no-show": Plan(state=RoomState.CANCELLED, reason=CancelReason.NO_SHOW),
    "cancelled-staff": Plan(state=RoomState.CANCELLED, reason=CancelReason.STAFF),
}


def paths() -> list[str]:
    """Return the address of every such page of the guide."""
    return [reverse("styleguide:planned", args=[name]) for name in PLANS]


@require_safe
@for_staff
def planned(request: HttpRequest, name: str) -> HttpResponse:
    """Show the page of a planned room in one state."""
    plan = PLANS.get(name)
    if plan is None:
        raise NotFoundError
    found = _room(plan)
    if found.state == RoomState.CANCELLED:
        return render(request, "rooms/cancelled.html", {"room": found, "host": person_card(found.host)})
    context = planned_context(found, None, waiting=plan.waiting)
    context |= {
        "is_host": plan.who == "host",
        "you": None if plan.who == "guest" else found.host,
        "page": {"still": True},
        "login": reverse("account_login"),
        "reminded": plan.reminded,
        "wanted_by": plan.waiting,
    }
    return render(request, "rooms/planned.html", context)


def _room(plan: Plan) -> Room:
    # The number of a row that is none: whose stage this is, nobody need ask.
    host = User(pk=0, public_id="guide000000001", handle="guide0", display_name=plan.name)
    found = Room(pk=0, public_id="guideroom", title=plan.title, language="en", host=host, description=DESCRIPTION)
    found.state, found.cancel_reason = plan.state, plan.reason
    found.starts_at = timezone.now() + plan.ahead
    return found
