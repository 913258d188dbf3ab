"""Buying a ticket: a seat is held, paid for on Stripe's page, and then one's own; or one waits in line for it."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.selectors.people import person_of
from config.lib.errors import DomainError
from config.lib.quotas import spend
from ticketing.enums import OrderState, RefundReason
from ticketing.selectors.order_page import Stage, order_page
from ticketing.selectors.selling import offer_for, order_for
from ticketing.selling_errors import TicketHeldError
from ticketing.services import checkout
from ticketing.services.buyers import require_confirmed_address
from ticketing.services.line import leave_line
from ticketing.services.refunds import ask_refund
from ticketing.services.seats import hold_seat, join_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from accounts.models import User
    from ticketing.models import Offer, Order

# While its page waits for a payment, Stripe is asked at the first look and then once in so many seconds; meanwhile the
# event that it sends is waited for.
ASK_AGAIN_SECONDS = 10
POLL_SECONDS = 2


@require_POST
def seat(request: HttpRequest, room_id: str) -> HttpResponse:
    """Hold a seat for whoever asks, and lead them to pay for it."""

    def buy(offer: Offer, buyer: User) -> HttpResponse:
        require_confirmed_address(buyer)
        return _to_stripe(request, hold_seat(offer.pk, buyer))

    return _about_room(request, room_id, buy)


@require_POST
def join(request: HttpRequest, room_id: str) -> HttpResponse:
    """Put somebody into the line for a seat of a room that is sold out."""

    def wait(offer: Offer, person: User) -> HttpResponse:
        require_confirmed_address(person)
        join_line(offer.pk, person)
        messages.success(request, _("You are in the line. When a seat is free for you, we write to you at once."))
        return redirect("rooms:room", room_id)

    return _about_room(request, room_id, wait)


@require_POST
def leave(request: HttpRequest, room_id: str) -> HttpResponse:
    """Let somebody wait no longer."""

    def go(offer: Offer, person: User) -> HttpResponse:
        if leave_line(offer.pk, person):
            messages.success(request, _("You no longer wait for a seat."))
        return redirect("rooms:room", room_id)

    return _about_room(request, room_id, go)


@require_safe
@login_required
@never_cache
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show somebody their order. Back from Stripe's page (`?paid=1`) it looks for the payment until that is there."""
    found = order_for(request.user, public_id)
    if "paid" not in request.GET:
        return render(request, "ticketing/order.html", {"page": order_page(found)})
    began = _began(request)
    waited = max(0.0, time.time() - began)
    if found.state in {OrderState.HELD, OrderState.RELEASED} and spend(
        "payment", found.public_id, most=1, seconds=ASK_AGAIN_SECONDS
    ):
        _look(found)
        found = order_for(request.user, public_id)
    page = order_page(found, back_from_stripe=True, waited=waited)
    polled = "poll" in request.GET
    if page.stage == Stage.CONFIRMING and polled:
        return HttpResponse(status=204)
    if page.stage not in {Stage.CONFIRMING, Stage.UNCONFIRMED} and not polled:
        return redirect("ticketing:order", public_id)
    response = render(request, "ticketing/order.html", {"page": page, "began": began, "poll_seconds": POLL_SECONDS})
    if page.stage not in {Stage.CONFIRMING, Stage.UNCONFIRMED}:
        response["HX-Replace-Url"] = reverse("ticketing:order", args=[public_id])
    return response


@require_POST
@login_required
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lead somebody to Stripe's page for the seat that is held for them."""
    return _to_stripe(request, order_for(request.user, public_id))


@require_POST
@login_required
def give_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a held seat back."""
    found = order_for(request.user, public_id)
    try:
        after = checkout.give_up(found.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if after.state == OrderState.RELEASED:
            messages.success(request, _("The seat is given up. Nothing was charged."))
        elif after.state == OrderState.PAID:
            messages.info(request, _("Your payment had just come in, so the seat is yours."))
    return redirect("ticketing:order", public_id)


@require_POST
@login_required
def refund(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a ticket back for its money."""
    found = order_for(request.user, public_id)
    try:
        ask_refund(found.pk, reason=RefundReason.BUYER, by=person_of(request.user))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your ticket is given back, and your money is on its way to you."))
    return redirect("ticketing:order", public_id)


def _about_room(request: HttpRequest, room_id: str, deed: Callable[[Offer, User], HttpResponse]) -> HttpResponse:
    """Do something about a room's tickets for whoever is logged in; what is refused is said on the room's page."""
    person = person_of(request.user)
    if person is None:
        return redirect_to_login(reverse("rooms:room", args=[room_id]))
    offer = offer_for(person, room_id)
    try:
        return deed(offer, person)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("rooms:room", room_id)


def _to_stripe(request: HttpRequest, held: Order) -> HttpResponse:
    """Lead to Stripe's page; whatever keeps it shut, the seat stays held, and the order's page says what to do."""
    origin = f"{request.scheme}://{request.get_host()}"
    try:
        address = checkout.begin(held, language=get_language() or "", origin=origin)
    except TicketHeldError:
        messages.info(request, _("Your payment had just come in, so the seat is yours."))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        return HttpResponseRedirect(address, status=303)
    return redirect("ticketing:order", held.public_id)


def _began(request: HttpRequest) -> int:
    """Return since when the payment is looked for, as the page that polls says it."""
    said = request.GET.get("since", "")
    return int(said) if said.isdecimal() and len(said) <= len(str(int(time.time()))) else int(time.time())


def _look(found: Order) -> None:
    # If Stripe does not answer just now it will be asked again, or its event comes.
    with contextlib.suppress(DomainError):
        checkout.look_at(found)
