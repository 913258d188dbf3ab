"""devstripe's hosted pages: Checkout, and the bank's question of 3D Secure. They play another site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.lib.errors import NotFoundError
from config.lib.formats import money
from ticketing.devstripe import checkout
from ticketing.devstripe.cards import CARDS, card_numbered
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.forms import CardForm
from ticketing.devstripe.store import opened
from ticketing.errors import TestPaymentError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ticketing.devstripe.store import Body

DECLINED = 402


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout_page(request: HttpRequest, session: str) -> HttpResponse:
    """Show what is to be paid and take a test card; `fill` only writes one into the form."""
    shown = _session(session)
    if shown["status"] != "open":
        return _closed(request, shown)
    if request.method != "POST":
        return _page(request, shown, CardForm(initial={"email": shown["customer_email"]}))
    if "fill" in request.POST:
        return _page(request, shown, CardForm(initial=_filled(request)))
    form = CardForm(request.POST)
    if form.is_valid():
        try:
            return _pay(session, form)
        except ApiError as error:
            form.add_error("number", _words_of(error))
    return _page(request, shown, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bank_page(request: HttpRequest, session: str) -> HttpResponse:
    """Ask what the bank would ask: `good` pays, anything else fails the payment."""
    shown = _session(session)
    card = card_numbered(shown.get("_asked") or "")
    if shown["status"] != "open":
        return _closed(request, shown)
    if card is None:
        return redirect("devstripe:checkout", session)
    if request.method != "POST":
        return render(request, "devstripe/bank.html", _context(shown) | {"card": card})
    good = request.POST.get("answer") == "good"
    try:
        with opened() as store:
            shown = checkout.answer(store, session, card, good=good)
    except ApiError as error:
        raise TestPaymentError from error
    if good:
        return _back(shown)
    form = CardForm(initial={**_buyer(shown), "number": card.spaced})
    return _page(request, shown, form, problem=_("Your bank did not confirm that it was you. Try another card."))


def _pay(session: str, form: CardForm) -> HttpResponse:
    """Pay and lead on; raises ApiError (402) if the card is declined."""
    typed = form.cleaned_data
    with opened() as store:
        try:
            shown = checkout.pay(store, session, typed["number"], email=typed["email"], country=typed["country"])
        except ApiError as error:
            # It is raised below, after the transaction: what was written of the attempt stays written.
            refused = error
        else:
            return _back(shown) if shown["status"] == "complete" else redirect("devstripe:bank", session)
    if refused.status == DECLINED:
        raise refused
    raise TestPaymentError from refused


def _back(shown: Body) -> HttpResponse:
    """Lead to where the shop said, as Stripe does after a payment."""
    return HttpResponseRedirect(shown["success_url"].replace("{CHECKOUT_SESSION_ID}", shown["id"]))


def _session(wanted: str) -> Body:
    try:
        with opened() as store:
            return checkout.retrieve(store, wanted)
    except ApiError as error:
        raise NotFoundError from error


def _page(request: HttpRequest, shown: Body, form: CardForm, *, problem: str = "") -> HttpResponse:
    context = _context(shown) | {"form": form, "cards": CARDS.values(), "problem": problem}
    return render(request, "devstripe/checkout.html", context)


def _closed(request: HttpRequest, shown: Body) -> HttpResponse:
    return render(request, "devstripe/closed.html", _context(shown) | {"paid": shown["status"] == "complete"})


def _context(shown: Body) -> dict[str, Any]:
    way_back = shown["cancel_url"] or settings.SITE_URL
    total = money(shown["amount_total"], shown["currency"].upper())
    return {"session": shown["id"], "items": shown["_items"], "back": way_back, "sum": total}


def _filled(request: HttpRequest) -> dict[str, str]:
    card = card_numbered(request.POST["fill"])
    typed = {name: request.POST.get(name, "") for name in ("email", "country", "number")}
    return typed | ({"number": card.spaced} if card else {})


def _buyer(shown: Body) -> dict[str, str]:
    buyer = shown["_buyer"]
    return {"email": buyer["email"], "country": buyer["address"]["country"]}


def _words_of(error: ApiError) -> str:
    if error.body["error"].get("decline_code") == "insufficient_funds":
        return _("There is too little money behind this card. Try another one.")
    return _("This card was declined. Try another one.")
