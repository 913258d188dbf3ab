"""Pages about one's own data: a copy of it, closing the account, coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import ConsentKind
from accounts.errors import DeletionBegunError, ExportTooOftenError
from accounts.models import User
from accounts.returning import forget_returning, returning_person
from accounts.selectors.privacy import consents_of, deletion_of, export_file_for, latest_export_for
from accounts.services.consents import give_consent
from accounts.services.deletion import close_account, reopen_account
from accounts.services.exporting import request_export
from accounts.terms import site_terms
from config.lib.addresses import own_address
from config.lib.formats import day

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_safe
@login_required
def show_data(request: HttpRequest) -> HttpResponse:
    """Show what one can ask for with one's data, and how far a copy is."""
    person = _person(request)
    context = {"export": latest_export_for(person), "consents": consents_of(person)}
    return render(request, "accounts/data.html", context)


@require_POST
@login_required
def agree(request: HttpRequest) -> HttpResponse:
    """Keep that somebody agrees to the terms that they were shown; whoever was shown older ones is asked again."""
    words = site_terms().words
    if words and request.POST.get("words") == words:
        give_consent(_person(request), kind=ConsentKind.TERMS, words=words)
        messages.success(request, _("Thank you. Your settings, under your data, keep what you agreed to."))
    return redirect(own_address(request, request.POST.get("next", "")) or "rooms:hallway")


@require_POST
@login_required
@reauthentication_required
def ask_for_export(request: HttpRequest) -> HttpResponse:
    """Let a copy be made."""
    try:
        request_export(_person(request))
    except ExportTooOftenError as error:
        messages.error(request, str(error))
    return redirect("accounts:data")


@require_safe
@never_cache
@login_required
@reauthentication_required
def fetch_export(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand out one's own copy."""
    file = export_file_for(_person(request), public_id)
    return FileResponse(file.open("rb"), as_attachment=True, filename="causerie.zip", content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required
def close(request: HttpRequest) -> HttpResponse:
    """Say what closing the account does, and close it."""
    person = _person(request)
    if request.method != "POST":
        return render(request, "accounts/close.html", {"return_days": settings.ACCOUNT_RETURN_DAYS})
    deletion = close_account(person)
    logout(request)
    text = _("Your account is closed. Log in before %(day)s to have it back as it was.")
    messages.success(request, text % {"day": day(deletion.due_at)})
    return redirect("rooms:hallway")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def come_back(request: HttpRequest) -> HttpResponse:
    """Offer whoever has just logged in to a closed account to take it up again."""
    person = returning_person(request)
    deletion = deletion_of(person) if person else None
    if person is None or deletion is None:
        return redirect("account_login")
    if request.method != "POST":
        return render(request, "accounts/come_back.html", {"due_at": deletion.due_at})
    forget_returning(request)
    try:
        reopen_account(person)
    except DeletionBegunError as error:
        messages.error(request, str(error))
        return redirect("rooms:hallway")
    messages.success(request, _("Welcome back. Your account is as it was: log in."))
    return redirect("account_login")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
