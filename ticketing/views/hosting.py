"""A host's side of a room's tickets: what is sold, who holds one, who is invited, what goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.policies.eligibility import decide, platform_of
from accounts.policies.rules import Purpose
from accounts.policies.words import Refusal
from accounts.selectors.blocking import profile_for
from accounts.selectors.people import person_card, person_of
from config.lib.csv_files import csv_response
from config.lib.errors import DomainError, NotFoundError
from config.lib.paging import BadCursorError
from ticketing.enums import RefundReason
from ticketing.movement_words import movements
from ticketing.offer_form import GuestForm, OfferForm, RefundForm
from ticketing.sales_files import holders_table
from ticketing.selectors.host import (
    guest_taken_off,
    holders,
    may_see_sales,
    offer_of_room,
    refund_progress,
    room_statement,
    room_to_sell,
    seats_of,
    seller_paid,
    takings_of,
    ticket_in,
    tickets_of,
)
from ticketing.services.guests import add_guest, remove_guest
from ticketing.services.offer_terms import why_price_is_fixed
from ticketing.services.offers import change_offer, close_sales, make_offer, reopen_sales
from ticketing.services.refunds import ask_refund

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from accounts.selectors.people import PersonCard
    from rooms.models import Room
    from ticketing.models import Offer

HOLDERS_PAGE = 30
SEARCH_MOST = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def host(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is sold and who holds a ticket; offer tickets, and change them."""
    room = room_to_sell(request.user, public_id)
    offer = _with_room(offer_of_room(room), room)
    form = OfferForm(
        request.POST or None,
        offer=offer,
        until_room=room.is_coming,
        price_stays=why_price_is_fixed(offer, offer.currency) if offer else "",
    )
    if request.method == "POST":
        _check_own(request, room)
        if form.is_valid():
            try:
                _save(request, room, form, offer)
            except DomainError as error:
                form.take(error)
            else:
                return redirect("ticketing:host", public_id)
    context = _page(request, room, offer, form)
    return _private(render(request, "ticketing/host.html", context, status=422 if form.errors else 200))


@login_required
@require_POST
def sales(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop the sale, or let it go on."""
    room = _own(request, public_id)
    by, wanted = person_of(request.user), request.POST.get("sales") == "on"
    try:
        if wanted:
            reopen_sales(public_id, by=by, platform=platform_of(request.headers))
            messages.success(request, _("Tickets are sold again."))
        else:
            close_sales(public_id, by=by)
            messages.success(request, _("No more tickets are sold. Whoever is paying just now still gets theirs."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("ticketing:host", room.public_id)


@login_required
@require_POST
def guests(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put somebody on the guest list."""
    room = _own(request, public_id)
    by, form = person_of(request.user), GuestForm(request.POST)
    handle = form.cleaned_data["handle"] if form.is_valid() else ""
    try:
        person = profile_for(by, handle)
        add_guest(public_id, by=by, person=person)
    except NotFoundError:
        messages.error(
            request, _("There is nobody called @%(handle)s. Look at how they write it.") % {"handle": handle}
        )
    except DomainError as error:
        messages.error(request, _("@%(handle)s: %(why)s") % {"handle": handle, "why": error})
    else:
        messages.success(request, _("%(name)s is on the guest list.") % {"name": person.shown_name})
    return redirect("ticketing:host", room.public_id)


@login_required
@require_POST
def guest_off(request: HttpRequest, public_id: str, ticket_id: str) -> HttpResponse:
    """Take somebody off the guest list; the page offers to put them back."""
    room = _own(request, public_id)
    remove_guest(public_id, by=person_of(request.user), ticket_id=ticket_id)
    response = redirect("ticketing:host", room.public_id)
    response["Location"] += f"?off={ticket_id}"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, public_id: str, ticket_id: str) -> HttpResponse:
    """Ask how much of a payment shall go back, and promise it."""
    room = _own(request, public_id)
    line = holders([ticket_in(room, ticket_id)])[0]
    order = line.ticket.order
    if order is None or line.left is None:
        raise NotFoundError
    form = RefundForm(request.POST or None, left=line.left)
    if form.is_valid():
        try:
            by = person_of(request.user)
            ask_refund(order.pk, reason=RefundReason.HOST, by=by, amount=form.amount, left=form.whole)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            money = {"money": form.amount.written()}
            messages.success(request, _("%(money)s goes back. Whoever paid is told, also when it has arrived.") % money)
            return redirect("ticketing:host", public_id)
    context = {"room": room, "line": line, "form": form, "card": _card(line.ticket.holder)}
    return _private(render(request, "ticketing/host_refund.html", context, status=422 if form.errors else 200))


@require_safe
@login_required
def holders_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return everybody who holds a ticket for a spreadsheet."""
    room = room_to_sell(request.user, public_id)
    header, rows = holders_table(holders(tickets_of(room)))
    return csv_response(f"causerie-{room.public_id}-tickets", header, rows)


@require_safe
@login_required
def statement(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what happened on the room's account in the ledger, newest first."""
    room = room_to_sell(request.user, public_id)
    offer = _with_room(offer_of_room(room), room)
    if offer is None or not _sees_money(request, offer):
        raise NotFoundError
    try:
        found = room_statement(offer, request.GET.get("cursor") or None)
    except BadCursorError as error:
        raise NotFoundError from error
    context = {
        "room": room,
        "statement": found,
        "lines": movements(found.lines),
        "balance": takings_of(offer).held,
        "later": "cursor" in request.GET,
    }
    return _private(render(request, "ticketing/host_statement.html", context))


def _page(request: HttpRequest, room: Room, offer: Offer | None, form: OfferForm) -> dict[str, Any]:
    """Return what the page says; without an offer, only how to make one and whether one may."""
    is_host = _is_own(request, room)
    context: dict[str, Any] = {"room": room, "offer": offer, "form": form, "is_host": is_host}
    if is_host:
        context["paid"] = seller_paid(room.host)
    if offer is None:
        decision = decide(room.host, Purpose.SELL, platform_of(request.headers))
        return context | {"refusal": None if decision.allowed else Refusal(decision)}
    search = request.GET.get("q", "")[:SEARCH_MOST]
    page = Paginator(tickets_of(room, search), HOLDERS_PAGE).get_page(request.GET.get("page"))
    return context | {
        "now": timezone.now(),
        "seats": seats_of(offer),
        "is_seller": request.user.pk == offer.seller_id,
        "takings": takings_of(offer) if _sees_money(request, offer) else None,
        "progress": refund_progress(offer) if offer.refund_all else None,
        "guest_form": GuestForm(),
        "most_guests": settings.TICKET_MAX_GUESTS,
        "page": page,
        "search": search,
        "lines": [{"line": line, "card": _card(line.ticket.holder)} for line in holders(page)],
        "off": guest_taken_off(room, request.GET.get("off", "")) if is_host else None,
    }


def _save(request: HttpRequest, room: Room, form: OfferForm, offer: Offer | None) -> None:
    by = person_of(request.user)
    if offer is None:
        make_offer(room.public_id, by=by, terms=form.terms, platform=platform_of(request.headers))
        messages.success(request, _("Your tickets are on sale. People buy them on the room’s page."))
        return
    revision = form.cleaned_data["revision"]
    change_offer(room.public_id, by=by, revision=-1 if revision is None else revision, terms=form.terms)
    messages.success(request, _("What you changed is saved."))


def _own(request: HttpRequest, public_id: str) -> Room:
    """Return the room if whoever asks hosts it: staff look, and act in the admin. Raises NotFoundError."""
    room = room_to_sell(request.user, public_id)
    _check_own(request, room)
    return room


def _check_own(request: HttpRequest, room: Room) -> None:
    if not _is_own(request, room):
        raise NotFoundError


def _is_own(request: HttpRequest, room: Room) -> bool:
    return request.user.is_authenticated and request.user.pk == room.host_id


def _sees_money(request: HttpRequest, offer: Offer) -> bool:
    person = person_of(request.user)
    return person is not None and (person.pk == offer.seller_id or may_see_sales(person))


def _with_room(offer: Offer | None, room: Room) -> Offer | None:
    """Spare a query: the room is at hand."""
    if offer is not None:
        offer.room = room
    return offer


def _card(holder: User | None) -> PersonCard | None:
    return person_card(holder) if holder is not None else None


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
