"""The style guide's pages: for staff, and for everybody where DEBUG is on."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.lib.errors import NotFoundError
from config.styleguide import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

# Each family has a template of its name; what it needs to show is made by samples.
FAMILIES: dict[str, tuple[Any, Callable[[], dict[str, Any]]]] = {
    "foundations": (_("Foundations"), samples.foundations),
    "people": (_("People"), samples.people),
    "ties": (_("You and others"), samples.ties),
    "doing": (_("What one does"), samples.nothing),
    "forms": (_("Forms"), samples.forms),
    "states": (_("States"), samples.nothing),
    "rooms": (_("Rooms"), samples.rooms),
    "voices": (_("Voices"), samples.voices),
    "tickets": (_("Tickets"), samples.tickets),
    "figures": (_("Figures"), samples.figures),
}


def styleguide_paths() -> list[str]:
    """Return the address of every page of the guide, for tests that look at each."""
    families = [reverse("styleguide:family", args=[name]) for name in FAMILIES]
    return [reverse("styleguide:index"), *families, *samples.room_paths()]


def for_staff(view: View) -> View:
    """Keep a page from whoever it is not meant for; they learn nothing of it."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (settings.DEBUG or request.user.is_staff):
            raise NotFoundError
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@for_staff
def index(request: HttpRequest) -> HttpResponse:
    """Show what there is."""
    return render(request, "styleguide/index.html", _context())


@require_safe
@for_staff
def family(request: HttpRequest, family: str) -> HttpResponse:
    """Show a family of components in all their states."""
    if family not in FAMILIES:
        raise NotFoundError
    title, sample = FAMILIES[family]
    return render(request, f"styleguide/{family}.html", {**_context(), "title": title, **sample()})


def _context() -> dict[str, Any]:
    return {
        "families": [(reverse("styleguide:family", args=[name]), title) for name, (title, _sample) in FAMILIES.items()],
        "room_paths": [(path, path.rstrip("/").rsplit("/", 1)[-1]) for path in samples.room_paths()],
    }
