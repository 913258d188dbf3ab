"""devstripe's page on which the owner of a connected account tells who they are. It plays another site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from config.lib.errors import NotFoundError
from config.lib.formats import page_locale
from ticketing.devstripe import accounts, onboarding
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.store import opened
from ticketing.errors import TestPaymentError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ticketing.devstripe.store import Body


@never_cache
@require_GET
def link(request: HttpRequest, link_id: str) -> HttpResponse:
    """Use a link, and lead on to the page; one that was used or is too old leads to where there is a fresh one."""
    del request
    try:
        with opened() as store:
            visit, refresh = onboarding.open_link(store, link_id)
    except ApiError as error:
        raise NotFoundError from error
    return redirect("devstripe:account", visit) if visit else HttpResponseRedirect(refresh)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, visit_id: str) -> HttpResponse:
    """Let a tester choose what becomes of the account, and lead back."""
    try:
        with opened() as store:
            visit, goes_on = onboarding.visited(store, visit_id)
            shown = store.get(accounts.ACCOUNT, visit["_account"])
    except ApiError as error:
        raise NotFoundError from error
    if not goes_on:
        return HttpResponseRedirect(visit["_urls"]["refresh_url"])
    if request.method != "POST":
        return render(request, "devstripe/account.html", _context(visit, shown))
    return _leave(visit, request.POST.get("standing"))


def _leave(visit: Body, standing: str | None) -> HttpResponse:
    try:
        with opened() as store:
            return HttpResponseRedirect(onboarding.leave(store, visit, standing))
    except ApiError as error:
        raise TestPaymentError from error


def _context(visit: Body, shown: Body) -> dict[str, Any]:
    country = shown["identity"]["country"]
    return {
        "visit": visit["id"],
        "email": shown["contact_email"],
        "country": page_locale().territories.get(country, country),
        "currency": shown["defaults"]["currency"].upper(),
        "missing": [entry["description"] for entry in shown["requirements"]["entries"]],
        "choices": [(name, standing.words) for name, standing in accounts.STANDINGS.items()],
    }
