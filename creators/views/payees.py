"""The page on which somebody lets themselves be paid: how they are with it, and the ways to Stripe and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.policies.eligibility import decide, platform_of
from accounts.policies.rules import Purpose
from accounts.policies.words import Refusal
from config.lib.errors import DomainError
from creators.errors import CountryNotPaidError
from creators.payee_form import PayeeForm
from creators.selectors.payees import payee_of, payee_status
from creators.services.payee_looks import look_again
from creators.services.payees import begin, onboarding_link
from ticketing.errors import PayeeUnsupportedError, PaymentsUnavailableError
from ticketing.stripe_gateway import payments_are_on, payments_are_tests

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User


def _leads_to_stripe(request: HttpRequest) -> bool:
    return request.method == "POST"


# Whoever goes on may choose the bank account: an open browser is not enough.
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@reauthentication_required(enabled=_leads_to_stripe)
def payee(request: HttpRequest) -> HttpResponse:
    """Show how somebody is with being paid, and lead them to Stripe: to begin, or to go on."""
    person = _person(request)
    if request.method != "POST":
        return _show(request, person, PayeeForm(initial=_chosen(person)))
    form = PayeeForm(request.POST)
    try:
        if not payee_status(person).has_account:
            if not form.is_valid():
                return _show(request, person, form)
            begin(person, country=form.cleaned_data["country"])
        address = onboarding_link(
            person,
            return_url=request.build_absolute_uri(reverse("creators:payee-back")),
            refresh_url=request.build_absolute_uri(reverse("creators:payee-again")),
        )
    except (CountryNotPaidError, PayeeUnsupportedError) as error:
        form.add_error("country", str(error))
        return _show(request, person, form)
    except PaymentsUnavailableError:
        messages.error(request, _("Stripe does not answer just now. Nothing is lost: go on in a moment."))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        return HttpResponseRedirect(address, status=303)
    return redirect("creators:payee")


@require_POST
@login_required
def look(request: HttpRequest) -> HttpResponse:
    """Ask Stripe how somebody stands."""
    return _look(request)


@require_safe
@never_cache
@login_required
def back(request: HttpRequest) -> HttpResponse:
    """Take in somebody who comes back from Stripe, whether they have finished there or not."""
    return _look(request)


@require_safe
@never_cache
@login_required
def again(request: HttpRequest) -> HttpResponse:
    """Take in somebody whose link no longer leads on. They press for another: by itself it might go round for ever."""
    messages.info(request, _("That way to Stripe was used already, or it was open for too long. Take a new one."))
    return redirect("creators:payee")


def _look(request: HttpRequest) -> HttpResponse:
    found = payee_of(_person(request))
    try:
        if found is not None:
            look_again(found.pk)
    except PaymentsUnavailableError:
        messages.error(
            request, _("Stripe does not answer just now. What you gave is safe there; look again in a moment.")
        )
    except DomainError:
        messages.error(request, _("Stripe does not know your account. Write to those who run this site."))
    return redirect("creators:payee")


def _show(request: HttpRequest, person: User, form: PayeeForm) -> HttpResponse:
    decision = decide(person, Purpose.SELL, platform_of(request.headers))
    context = {
        "paid": payee_status(person),
        "refusal": None if decision.allowed else Refusal(decision),
        "form": form,
        "is_on": payments_are_on(),
        "is_test": payments_are_tests(),
    }
    return render(request, "creators/payee.html", context, status=422 if form.errors else 200)


def _chosen(person: User) -> dict[str, str]:
    """Return the country that somebody has chosen before."""
    found = payee_of(person)
    return {"country": found.country} if found is not None else {}


def _person(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user
