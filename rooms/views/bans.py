"""The host's list of people who may not enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.selectors.people import person_card, person_of
from config.lib.errors import LoginRequiredError
from rooms.banned import ban_of, bans_of
from rooms.services.removal import lift_bans

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

BANS_PAGE = 60


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bans(request: HttpRequest) -> HttpResponse:
    """List whom one's rooms do not let in, and take bans back."""
    host = person_of(request.user)
    if host is None:
        raise LoginRequiredError
    if request.method == "POST":
        ban = ban_of(host, request.POST.get("ban", ""))
        # Lifted in another tab: the list shows it.
        if ban is not None:
            lift_bans([ban])
            messages.success(request, _("%(name)s may come in again.") % {"name": ban.user.shown_name})
        return redirect("rooms:bans")
    page = Paginator(bans_of(host), BANS_PAGE).get_page(request.GET.get("page"))
    people = [{"ban": ban, "card": person_card(ban.user)} for ban in page]
    return render(request, "rooms/bans.html", {"page": page, "people": people})
