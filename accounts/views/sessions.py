"""The page of where one is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.selectors.sessions import open_sessions, session_id
from accounts.services.sessions import end_other_sessions, end_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """List them; end one, or all others."""
    person = request.user
    assert person.is_authenticated
    here = request.session.session_key
    if request.method != "POST":
        return render(request, "usersessions/usersession_list.html", {"sessions": open_sessions(person, here)})
    name = request.POST.get("end", "")
    if name == "others":
        count = end_other_sessions(person, here=here)
        said = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", count)
        messages.success(request, said % {"count": count})
        return redirect("usersessions_list")
    end_session(person, name=name)
    if here and name == session_id(here):
        logout(request)
        return redirect("rooms:hallway")
    messages.success(request, _("That session is ended."))
    return redirect("usersessions_list")
