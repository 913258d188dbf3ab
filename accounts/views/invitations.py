"""Pages about invitations: using one, one's own codes, and the waiting list."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import qrcode
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathFillImage

from accounts.forms.invitations import WaitingForm
from accounts.selectors.invitations import (
    SESSION_KEY,
    invitations_left,
    invitations_of,
    may_sign_up,
    open_invitation,
    place_of,
    signup_rules,
    waiting_entry,
)
from accounts.services.invitations import make_invitation, revoke_invitation
from accounts.services.signup import page_language
from accounts.services.waiting import ask_for_place, confirm_place
from config.lib.errors import DomainError, NotFoundError, TooManyRequestsError

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE_SIZE = 20


@never_cache
@require_safe
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Welcome whoever has a link; the code stays in the session until an account is made."""
    invitation = open_invitation(code)
    if invitation is not None and not request.user.is_authenticated:
        request.session[SESSION_KEY] = invitation.code
    context = {
        "good": invitation is not None,
        "may_sign_up": may_sign_up(request.session),
        "form": WaitingForm(),
    }
    # A used code, one that was taken back and one that never was look the same.
    return render(request, "accounts/join.html", context, status=200 if invitation else 404)


@login_required
@require_safe
def own_invitations(request: HttpRequest) -> HttpResponse:
    """List one's own codes."""
    assert request.user.is_authenticated
    pages = Paginator(invitations_of(request.user), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "links": [
            (invitation, request.build_absolute_uri(reverse("accounts:join", args=[invitation.code])))
            for invitation in page
        ],
        "left": invitations_left(request.user),
        "rules": signup_rules(),
    }
    return render(request, "accounts/invitations.html", context)


@login_required
@require_POST
def new_invitation(request: HttpRequest) -> HttpResponse:
    """Make a code."""
    assert request.user.is_authenticated
    try:
        make_invitation(request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("accounts:invitations")


@login_required
@require_POST
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """Take a code back."""
    assert request.user.is_authenticated
    try:
        revoke_invitation(code, by=request.user)
    except NotFoundError:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation is taken back; its link leads nowhere now."))
    return redirect("accounts:invitations")


@login_required
@require_safe
@cache_control(private=True, max_age=86_400)
def invitation_picture(request: HttpRequest, code: str) -> HttpResponse:
    """Draw the link of one's own code as a QR code."""
    assert request.user.is_authenticated
    if not invitations_of(request.user).filter(code=code).exists():
        raise NotFoundError
    link = request.build_absolute_uri(reverse("accounts:join", args=[code]))
    drawn = io.BytesIO()
    qrcode.make(link, image_factory=SvgPathFillImage).save(drawn)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


@require_http_methods(["GET", "HEAD", "POST"])
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Take an address; the answer is the same for every one."""
    form = WaitingForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/waiting.html", {"form": form}, status=422 if form.is_bound else 200)
    if not ratelimit.consume(request, action="waiting"):
        raise TooManyRequestsError
    ask_for_place(form.cleaned_data["email"], language=page_language(), site=request.build_absolute_uri("/"))
    return redirect("accounts:waiting-asked")


@require_safe
def waiting_asked(request: HttpRequest) -> HttpResponse:
    """Send whoever asked to their mail."""
    return render(request, "accounts/waiting_asked.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_place(request: HttpRequest, key: str) -> HttpResponse:
    """Show the place behind a private link; a click on the button confirms it, not the mail program's own look."""
    entry = waiting_entry(key)
    if entry is None:
        raise NotFoundError
    if request.method == "POST":
        confirm_place(entry)
        return redirect("accounts:waiting-place", key)
    context = {
        "entry": entry,
        "place": place_of(entry) if entry.confirmed_at and not entry.let_in_at else None,
        "good": entry.invitation is not None and entry.invitation.is_open,
    }
    return render(request, "accounts/waiting_place.html", context)
