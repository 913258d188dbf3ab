"""Where a creator asks for what they are owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.selectors.people import person_of
from config.lib.errors import DomainError, NotFoundError
from creators.services.payouts import ask_payout

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Begin a payout, or say why there is none."""
    person = person_of(request.user)
    if person is None:
        raise NotFoundError
    try:
        ask_payout(person)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your payout is on its way to Stripe, which sends it on to your bank."))
    return redirect("creators:earnings")
