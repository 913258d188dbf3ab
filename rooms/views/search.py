"""The page where one looks for rooms and people."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from rest_framework.throttling import BaseThrottle

from accounts.selectors.following import is_following_each
from accounts.selectors.people import person_card
from accounts.selectors.search import found_people
from config.lib.errors import TooManyRequestsError
from rooms.searching import QUERY_MAX_LENGTH, found_coming, found_live, found_replays, may_search, terms_of
from rooms.topics import listed_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from rooms.searching import Term

# What all sections together show of each, and how far down one can page.
GLIMPSE = 6
MOST_PAGES = 20
SECTIONS = {
    "live": gettext_lazy("Open now"),
    "upcoming": gettext_lazy("Coming up"),
    "replays": gettext_lazy("Listen again"),
    "people": gettext_lazy("People"),
}


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what is found for `q`: a little of each section, or a page of one."""
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())
    context: dict[str, Any] = {"query": query, "query_most": QUERY_MAX_LENGTH, "section": _section(request)}
    context["section_names"] = SECTIONS.items()
    status = HTTPStatus.OK
    if not query:
        context["topics"] = listed_topics(request.user)
    elif len(query) > QUERY_MAX_LENGTH:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        context["problem"] = _("Look for something shorter: %(limit)d characters at most.") % {
            "limit": QUERY_MAX_LENGTH
        }
    elif not may_search(request.user, BaseThrottle().get_ident(request)):  # type: ignore[arg-type] # reads META only
        status = HTTPStatus.TOO_MANY_REQUESTS
        context["problem"] = TooManyRequestsError.message
    else:
        context |= _found(request, query, context["section"])
    response = render(request, "rooms/search.html", context, status=status)
    # What somebody looks for is theirs, and so is what they may see.
    patch_cache_control(response, private=True, no_store=True)
    return response


def _section(request: HttpRequest) -> str:
    asked = request.GET.get("in", "")
    return asked if asked in SECTIONS else ""


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    return min(max(int(asked), 1), MOST_PAGES) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1


def _found(request: HttpRequest, query: str, section: str) -> dict[str, Any]:
    """Return the sections that have something, each with whether there is more of it."""
    terms = terms_of(query)
    page = _page(request) if section else 1
    size = settings.ROOM_SEARCH_RESULTS if section else GLIMPSE
    shown: list[dict[str, Any]] = []
    for name in [section] if section else SECTIONS:
        results = _results(request, name, terms, start=(page - 1) * size, most=size + 1)
        if results:
            more = len(results) > size and (not section or page < MOST_PAGES)
            shown.append({"name": name, "label": SECTIONS[name], "results": results[:size], "more": more})
    return {"sections": shown, "page": page, "following": page + 1, "count": sum(len(one["results"]) for one in shown)}


def _results(request: HttpRequest, section: str, terms: Sequence[Term], *, start: int, most: int) -> list[Any]:
    user = request.user
    if section == "live":
        return list(found_live(user, terms, start=start, most=most))
    if section == "upcoming":
        return list(found_coming(user, terms, start=start, most=most))
    if section == "replays":
        return list(found_replays(user, terms, start=start, most=most))
    people = found_people([term.word for term in terms], user, start=start, most=most)
    followed = is_following_each(user, people)
    return [{"card": person_card(person), "following": person.pk in followed} for person in people]
