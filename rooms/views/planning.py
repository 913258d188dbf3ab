"""A planned room: its page until it begins, and what its host does with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.policies.eligibility import platform_of
from accounts.selectors.people import person_card, person_of
from config.lib.addresses import own_address
from config.lib.errors import DomainError, ForbiddenError, LoginRequiredError
from rooms.blocks import hidden_for
from rooms.enums import Action, RoomState
from rooms.errors import RoomBegunError, RoomEndedError
from rooms.permissions import may
from rooms.plan_forms import FOLLOWING, EditForm
from rooms.selectors import audience_of, role_in, room_for, room_snapshot
from rooms.selling import offer_of
from rooms.services.alarms import do_not_remind_me, remind_me
from rooms.services.planning import cancel_room, edit_room, open_lobby, reschedule_room, start_room
from rooms.services.series import cancel_following, edit_following, reschedule_following
from rooms.topics import topic_cards, topics_of
from rooms.upcoming import waiting_number, wants_reminder
from rooms.views.visiting import room_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from rooms.models import Room
    from rooms.presence import Audience

# From then on a countdown says more than a day.
NEAR = timedelta(hours=24)


def planned(request: HttpRequest, found: Room) -> HttpResponse:
    """Show a room that has not begun; planned_page.js keeps it up to date."""
    seq, state = room_snapshot(found.public_id)
    person = person_of(request.user)
    audience = audience_of(state)
    page = room_page(found, person_card(person) if person else None, seq, state, audience)
    page["hidden"] = hidden_for(found.public_id, request.user)
    context = planned_context(found, person, waiting=_waiting(audience, found))
    context["page"] = {**page, "host": found.host.public_id}
    context["login"] = redirect_to_login(request.path).url
    context["reminded"] = wants_reminder(found, request.user)
    context["wanted_by"] = waiting_number(found)
    context["offer"] = offer_of(request.user, found)
    return render(request, "rooms/planned.html", context)


def planned_context(found: Room, person: User | None, *, waiting: int) -> dict[str, Any]:
    """Return what the page says that is the same for a moment."""
    return {
        "room": found,
        "host": person_card(found.host),
        "is_host": may(role_in(found, person), Action.START_ROOM),
        "you": person,
        "lobby": found.state == RoomState.OPEN,
        "waiting": waiting,
        "topics": topic_cards(found) if found.pk else [],
        "near": found.starts_at is not None and found.starts_at - timezone.now() < NEAR,
        "zone_words": _("By the clock of %(zone)s") % {"zone": timezone.get_current_timezone_name().replace("_", " ")},
    }


def _waiting(audience: Audience | None, found: Room) -> int:
    """Return how many are there and wait, but for the host."""
    if audience is None:
        return 0
    host_is_there = found.host.public_id not in audience["away"]
    return max(0, audience["people"] + audience["guests"] - int(host_is_there))


@require_POST
def open_doors(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the lobby."""
    return _do(request, public_id, lambda by: open_lobby(public_id, by=by, platform=platform_of(request.headers)))


@require_POST
def start(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go live."""
    return _do(request, public_id, lambda by: start_room(public_id, by=by, platform=platform_of(request.headers)))


@require_POST
def remind(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remind somebody of the room, or no longer."""
    wanted = request.POST.get("wanted") == "yes"
    return _do(request, public_id, lambda by: (remind_me if wanted else do_not_remind_me)(public_id, by=by))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask whether the room shall really not take place, and let it be so."""
    found = _own(request, public_id, Action.CANCEL_ROOM)
    if request.method == "POST":
        by = person_of(request.user)
        if request.POST.get("scope") == FOLLOWING:
            cancel_following(public_id, by=by)
        else:
            cancel_room(public_id, by=by)
        messages.success(request, _("The room is cancelled. Those who wanted a reminder are told."))
        return redirect("rooms:planned")
    if not found.is_coming:
        return redirect("rooms:room", public_id)
    context = {"room": found, "waiting": waiting_number(found), "repeats": _repeats(found)}
    return render(request, "rooms/cancel.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change what the room says of itself, and while it is planned its time."""
    found = _own(request, public_id, Action.EDIT_ROOM)
    if found.is_over:
        return redirect("rooms:room", public_id)
    about = topics_of(found)
    initial: dict[str, Any] = {name: getattr(found, name) for name in ("title", "description", "language")}
    initial["topics"] = [topic.slug for topic in about]
    form = EditForm(
        request.POST or None, initial=initial, coming=found.is_coming, kept=about, starts_at=found.starts_at
    )
    if form.is_valid():
        try:
            _change(form, found, person_of(request.user))
        except DomainError as error:
            form.take(error)
        else:
            messages.success(request, _("What you changed is saved."))
            return redirect("rooms:room", public_id)
    context = {"form": form, "room": found, "repeats": _repeats(found)}
    return render(request, "rooms/edit.html", context, status=422 if form.errors else 200)


def _change(form: EditForm, found: Room, by: User | None) -> None:
    words: dict[str, Any] = {
        name: form.cleaned_data[name] for name in ("title", "description", "language") if name in form.fields
    }
    if form.cleaned_data["topics"] or form.cleaned_data["topics_shown"]:
        words["topics"] = form.cleaned_data["topics"]
    moved = form.starts_at if form.starts_at != found.starts_at else None
    if form.following and found.series_id is not None:
        if moved is not None:
            reschedule_following(found.public_id, by=by, starts_at=moved, zone=form.cleaned_data["zone"])
        edit_following(found.public_id, by=by, **words)
        return
    if moved is not None:
        reschedule_room(found.public_id, by=by, starts_at=moved)
    edit_room(found.public_id, by=by, **words)


def _own(request: HttpRequest, public_id: str, action: Action) -> Room:
    """Return the room if whoever asks may do that to it. Raises NotFoundError, ForbiddenError."""
    found = room_for(request.user, public_id)
    if not may(role_in(found, person_of(request.user)), action):
        raise ForbiddenError
    return found


def _repeats(found: Room) -> bool:
    return found.series_id is not None and found.is_coming


def _do(request: HttpRequest, public_id: str, deed: Callable[[User | None], object]) -> HttpResponse:
    """Do something to the room and show it; what is refused is said there."""
    try:
        deed(person_of(request.user))
    except LoginRequiredError:
        return redirect_to_login(request.path.rsplit("/", 2)[0] + "/")
    except (RoomEndedError, RoomBegunError):
        # The page shows what has become of it.
        pass
    except DomainError as error:
        if error.http_status in {403, 404}:
            raise
        messages.error(request, str(error))
    back = own_address(request, request.POST.get("next", ""))
    return redirect(back) if back else redirect("rooms:room", public_id)


@require_safe
def cancelled(request: HttpRequest, found: Room) -> HttpResponse:
    """Say that the room did not take place, and why."""
    context = {"room": found, "host": person_card(found.host), "offer": offer_of(request.user, found)}
    return render(request, "rooms/cancelled.html", context)
