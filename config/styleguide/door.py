"""A room's door in all its words: for whoever may not enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import User
from config.lib.errors import NotFoundError
from config.styleguide.samples import NAMES
from config.styleguide.views import for_staff
from rooms.entry_rules import Decision, Facts, decide
from rooms.enums import EntryRule
from rooms.models import Room
from rooms.views.door import door_context

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DOORS: dict[str, Decision] = {
    **{rule.value: decide(rule, Facts(), guests_listen=False) for rule in EntryRule if rule != EntryRule.EVERYONE},
    "guest": decide(EntryRule.EVERYONE, Facts(guest=True), guests_listen=False),
    "banned": decide(EntryRule.EVERYONE, Facts(banned=True), guests_listen=False),
}


def door_paths() -> list[str]:
    """Return the address of each."""
    return [reverse("styleguide:door", args=[name]) for name in DOORS]


@require_safe
@for_staff
def door(request: HttpRequest, name: str) -> HttpResponse:
    """Show one."""
    if name not in DOORS:
        raise NotFoundError
    host = User(handle="guide0", display_name=NAMES[3], public_id="guidedoor")
    room = Room(public_id="guidedoor", title="Why are our cities so loud at night?", language="en", host=host)
    return render(request, "rooms/door.html", door_context(request, room, DOORS[name]))
