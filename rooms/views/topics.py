"""The pages of topics, and following one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url

from accounts.selectors.people import person_of
from config.lib.addresses import own_address
from config.lib.errors import BadRequestError
from config.lib.paging import BadCursorError
from rooms.replays import recent_replays
from rooms.selectors import live_page
from rooms.services.topics import follow_topic, unfollow_topic
from rooms.topics import follows_topic, listed_topics, topic_by_slug, topic_card
from rooms.upcoming import upcoming_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """List what rooms may be about."""
    return render(request, "rooms/topics.html", {"topics": listed_topics(request.user)})


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is on, what is to come and what can be heard again about one topic."""
    found = topic_by_slug(slug)
    after = request.GET.get("after", "")
    try:
        page = live_page(request.user, after=after, topic=found)
    except BadCursorError as error:
        raise BadRequestError from error
    context = {
        "topic": topic_card(found),
        "followed": follows_topic(request.user, found),
        "rooms": page.cards,
        "next_cursor": page.next_cursor,
        "after": after,
        "upcoming": [] if after else upcoming_for(request.user, topic=found),
        "replays": [] if after else recent_replays(request.user, topic=found),
    }
    return render(request, "rooms/topic.html", context)


@require_POST
def follow(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow a topic or no longer; answer with the button as it is now, without htmx with the page that it was on."""
    back = own_address(request, request.POST.get("next", "")) or reverse("rooms:topic", args=[slug])
    person = person_of(request.user)
    if person is None:
        return redirect_to_login(back)
    wanted = request.POST.get("wanted") == "yes"
    (follow_topic if wanted else unfollow_topic)(slug, by=person)
    if not request.headers.get("HX-Request"):
        return redirect(back)
    card = topic_card(topic_by_slug(slug))
    context = {"topic": card, "followed": wanted, "back": back, "small": "small" in request.POST}
    answer = render(request, "rooms/topic_follow_now.html", context)
    # The button is a boosted form, but no new page.
    return push_url(answer, False)  # noqa: FBT003 - its own signature
