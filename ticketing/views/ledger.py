"""The digests of the ledger's days, for everybody: as a page and as JSON."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from config.lib.errors import InvalidError
from ticketing.ledger_digests import FORMAT
from ticketing.selectors.ledger import published_digests

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DAY = timedelta(days=1)
DAYS_ON_PAGE = 20
DAYS_IN_FILE = 366
# A day gets one seal, and soon after midnight somebody may ask for it.
fresh_enough = cache_control(public=True, max_age=300)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the sealed days, newest first; those up to `?until=2026-11-20`, which is how one is linked to."""
    until = _day(request.GET.get("until"))
    digests = published_digests(before=until + DAY if until and until < date.max else None)
    page = Paginator(digests, DAYS_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "ticketing/ledger.html", {"page": page, "until": until})


@require_safe
@fresh_enough
def digests(request: HttpRequest) -> HttpResponse:
    """Return the sealed days, newest first; those before `?before=2026-11-20`, which is also how one goes on."""
    found = list(published_digests(before=_day(request.GET.get("before")))[: DAYS_IN_FILE + 1])
    shown = found[:DAYS_IN_FILE]
    return JsonResponse(
        {
            "format": FORMAT,
            "digests": [
                {"day": seal.day.isoformat(), "digest": seal.digest, "previous": seal.previous} for seal in shown
            ],
            "before": shown[-1].day.isoformat() if len(found) > len(shown) else None,
        }
    )


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(errors={"before": _("Write a day as 2026-11-20.")}) from error
