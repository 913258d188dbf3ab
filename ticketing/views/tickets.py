"""One's own tickets: to come, past and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ticketing.selectors.selling import coming_tickets, open_orders, past_tickets, returned_orders, waiting_places

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ON_A_PAGE = 20
# Nobody has more of these at a time; the pages of what is past have all.
MOST = 200


@require_safe
@login_required
@never_cache
def tickets(request: HttpRequest) -> HttpResponse:
    """Show one's tickets, the seats that are held or waited for, and what was given back."""
    person = request.user
    assert person.is_authenticated
    context = {
        "held": list(open_orders(person)[:MOST]),
        "coming": list(coming_tickets(person)[:MOST]),
        "waiting": list(waiting_places(person)[:MOST]),
        "past": Paginator(past_tickets(person), ON_A_PAGE).get_page(request.GET.get("page")),
        "returned": list(returned_orders(person)[:MOST]),
        "now": timezone.now(),
    }
    return render(request, "ticketing/tickets.html", context)
