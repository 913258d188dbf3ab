"""Telling staff of a room, of somebody in it or of what they wrote there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.selectors.people import person_card, person_of
from config.lib.errors import DomainError
from rooms.errors import EntryRefusedError
from rooms.report_form import ReportForm
from rooms.selectors import message_in, room_for, room_to_enter
from rooms.services.reports import report_message, report_person, report_room
from rooms.services.stage import person_by_id

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask what is wrong and hand it on. With `person` or `message` in the query it is about that."""
    you = person_of(request.user)
    room = room_for(you, public_id)
    message = message_in(room, request.GET["message"]) if request.GET.get("message") else None
    person = message.user if message else person_by_id(request.GET["person"]) if request.GET.get("person") else None
    form = ReportForm(request.POST or None)
    if form.is_valid():
        try:
            if message is not None:
                report_message(public_id, by=you, message_id=message.public_id, **form.cleaned_data)
            elif person is not None:
                report_person(public_id, by=you, person_id=person.public_id, **form.cleaned_data)
            else:
                report_room(public_id, by=you, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Thank you. Staff look at it and tell you what came of it."))
            return redirect("rooms:room", public_id)
    context = {
        "form": form,
        "room": room,
        "card": person_card(person) if person else None,
        "message": message,
        # Whoever had to leave may tell of what they read, but reads nothing more.
        "words": message.text if message and _may_enter(you, public_id) else "",
    }
    return render(request, "rooms/report.html", context, status=422 if form.errors else 200)


def _may_enter(you: User | None, public_id: str) -> bool:
    try:
        room_to_enter(you, public_id)
    except EntryRefusedError:
        return False
    return True
