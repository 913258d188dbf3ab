"""Giving a tip, seeing what became of it, and the tips that one gave and was given."""

from __future__ import annotations

import contextlib
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors.blocking import profile_for
from accounts.selectors.people import person_card, person_of
from config.lib.errors import DomainError, NotFoundError
from creators.selectors.tips import (
    given_by,
    is_shown_in,
    limits_of,
    received_by,
    received_tip,
    takes_tips_from,
    tip_for,
    wants_tips,
)
from creators.services.giving import begin_tip, choose_tips
from creators.services.thanking import thank_for
from creators.services.tip_checkout import look, open_page
from creators.services.tips_shown import remove_words
from creators.tip_errors import TipAmountError, TipPaidError
from creators.tip_form import TipForm

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User
    from creators.models import Tip

ON_A_PAGE = 30
POLL_SECONDS = 2
# While a page waits for a payment, Stripe is asked at the first look and then every so many seconds.
ASK_AGAIN_SECONDS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def give(request: HttpRequest, handle: str) -> HttpResponse:
    """Ask how much somebody gives, and lead them to Stripe's page. A guest logs in first and comes back here."""
    giver = _person(request)
    recipient = profile_for(giver, handle)
    room = request.GET.get("room", "")
    takes = takes_tips_from(recipient, giver)
    form = TipForm(request.POST or None, limits=limits_of(recipient), initial={"room": room})
    if takes and form.is_valid():
        try:
            tip = begin_tip(
                giver,
                recipient,
                amount=form.amount,
                message=form.cleaned_data["message"],
                anonymous=form.cleaned_data["anonymous"],
                room_id=form.cleaned_data["room"],
            )
        except TipAmountError as error:
            form.add_error("own", str(error))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _to_stripe(request, tip)
    context = {"form": form, "recipient": recipient, "card": person_card(recipient), "takes": takes}
    context |= {"message_most": settings.TIP_MESSAGE_LENGTH, "is_shown": is_shown_in(room, recipient)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "creators/tip_give.html", context, status=status)


@require_safe
@login_required
@never_cache
def tip(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show somebody the tip that they gave. Back from Stripe's page (`?paid=1`) it looks for the payment."""
    found = tip_for(request.user, public_id)
    looks, polled = "paid" in request.GET and not found.is_paid, "poll" in request.GET
    began = _began(request)
    waited = max(0.0, time.time() - began)
    if looks and (not polled or waited % ASK_AGAIN_SECONDS < POLL_SECONDS):
        # If Stripe does not answer just now it will be asked again, or its event comes.
        with contextlib.suppress(DomainError):
            look(found.pk)
        found = tip_for(request.user, public_id)
        looks = not found.is_paid
    confirming = looks and waited < settings.TICKET_CONFIRM_SECONDS
    if confirming and polled:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if "paid" in request.GET and not looks and not polled:
        return redirect("creators:tip", public_id)
    context = {"tip": found, "confirming": confirming, "looks": looks, "began": began, "poll_seconds": POLL_SECONDS}
    return render(request, "creators/tip.html", context)


@require_POST
@login_required
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lead somebody to Stripe's page once more."""
    return _to_stripe(request, tip_for(request.user, public_id))


@require_POST
@login_required
def unsay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the words away that somebody wrote with their tip."""
    found = tip_for(request.user, public_id)
    remove_words(found.pk)
    messages.success(request, _("Your words are taken away."))
    return redirect("creators:tip", public_id)


@require_safe
@login_required
@never_cache
def given(request: HttpRequest) -> HttpResponse:
    """Show the tips that somebody gave."""
    page = Paginator(given_by(_person(request)), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "creators/tips_given.html", {"page": page})


@require_safe
@login_required
@never_cache
def received(request: HttpRequest) -> HttpResponse:
    """Show the tips that somebody was given, and whether they want any."""
    person = _person(request)
    page = Paginator(received_by(person), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "creators/tips_received.html", {"page": page, "wanted": wants_tips(person)})


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Switch tips on or off for oneself."""
    wanted = request.POST.get("wanted") == "yes"
    choose_tips(_person(request), wanted=wanted)
    said = _("People can give you tips now.") if wanted else _("Nobody can give you tips any more.")
    messages.success(request, said)
    return redirect("creators:tips-received")


@require_POST
@login_required
def thank(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say thank you for a tip."""
    thank_for(received_tip(_person(request), public_id))
    messages.success(request, _("Your thanks are on their way."))
    return redirect("creators:tips-received")


def _person(request: HttpRequest) -> User:
    person = person_of(request.user)
    if person is None:
        raise NotFoundError
    return person


def _to_stripe(request: HttpRequest, begun: Tip) -> HttpResponse:
    """Lead to Stripe's page; whatever keeps it shut is said on the tip's own."""
    origin = f"{request.scheme}://{request.get_host()}"
    try:
        address = open_page(begun, language=get_language() or "", origin=origin)
    except TipPaidError:
        messages.info(request, _("Your payment had just come in."))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
    return redirect("creators:tip", begun.public_id)


def _began(request: HttpRequest) -> int:
    """Return since when the payment is looked for, as the page that polls says it."""
    said = request.GET.get("since", "")
    now = int(time.time())
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= len(str(now)) else now
