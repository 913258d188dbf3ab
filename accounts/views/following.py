"""Pages about people and people: follow, mute, block, and the lists of all that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import push_url, trigger_client_event

from accounts.models import User
from accounts.selectors.blocking import blocks_of, mutes_of, person_in_block, person_in_mute, profile_for
from accounts.selectors.following import PEOPLE_PAGE, followed_by, followers_of, is_following, standing_between
from accounts.selectors.people import person_card
from accounts.services.block import block, mute, unblock, unmute
from accounts.services.follow import follow, unfollow
from config.lib.addresses import own_address
from config.lib.errors import DomainError, LoginRequiredError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@require_POST
def follow_person(request: HttpRequest, handle: str) -> HttpResponse:
    """Follow somebody."""
    you, person = _pair(request, handle)
    try:
        follow(you, person)
    except NotFoundError:
        raise
    except DomainError as error:
        return _followed(request, you, person, said=str(error), failed=True)
    return _followed(request, you, person)


@require_POST
def unfollow_person(request: HttpRequest, handle: str) -> HttpResponse:
    """No longer follow somebody; the words that say so offer the way back."""
    you, person = _pair(request, handle)
    unfollow(you, person)
    said = _("You no longer follow %(name)s.") % {"name": person.shown_name}
    return _followed(request, you, person, said=said)


def _followed(request: HttpRequest, you: User, person: User, *, said: str = "", failed: bool = False) -> HttpResponse:
    """Answer with the button as it is now; without htmx with the page that it was on."""
    if not request.headers.get("HX-Request"):
        if said:
            (messages.error if failed else messages.success)(request, said)
        return redirect(_back(request, person))
    person.refresh_from_db(fields=["follower_count"])
    context = {
        "person": person,
        "card": person_card(person),
        "following": is_following(you, person),
        "counted": "counted" in request.POST,
        "back": _back(request, person),
    }
    # The button is a boosted form, but no new page.
    response = push_url(render(request, "accounts/follow_now.html", context), False)  # noqa: FBT003 - its own signature
    if said:
        trigger_client_event(response, "said", {"text": said, "undo": not failed})
    return response


@require_safe
def followers(request: HttpRequest, handle: str) -> HttpResponse:
    """List who follows somebody."""
    return _people(request, handle, "follower", followers_of, template="accounts/followers.html")


@require_safe
def following(request: HttpRequest, handle: str) -> HttpResponse:
    """List whom somebody follows."""
    return _people(request, handle, "followed", followed_by, template="accounts/following.html")


def _people(
    request: HttpRequest, handle: str, side: str, rows_of: Callable[..., QuerySet[Any]], *, template: str
) -> HttpResponse:
    person = profile_for(request.user, handle)
    if standing_between(request.user, person).you_blocked:
        raise NotFoundError
    page = Paginator(rows_of(person, request.user), PEOPLE_PAGE).get_page(request.GET.get("page"))
    people = [(getattr(row, side), row.you_follow) for row in page]
    context = {
        "person": person,
        "card": person_card(person),
        "page": page,
        "people": [{"card": person_card(one), "following": you_follow} for one, you_follow in people],
        "is_self": person == request.user,
    }
    return render(request, template, context)


@require_POST
def mute_person(request: HttpRequest, handle: str) -> HttpResponse:
    """Hear less of somebody."""
    you, person = _pair(request, handle)
    said = _("You have muted %(name)s. Only you know.") % {"name": person.shown_name}
    return _done(request, person, mute, you, said)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def block_person(request: HttpRequest, handle: str) -> HttpResponse:
    """Say what blocking does, and do it. Pages with script ask in a dialog instead."""
    you, person = _pair(request, handle)
    if request.method != "POST":
        if person == you:
            raise NotFoundError
        return render(request, "accounts/block.html", {"person": person, "card": person_card(person)})
    # The page that follows says it.
    return _done(request, person, block, you)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def blocked_people(request: HttpRequest) -> HttpResponse:
    """List whom one has blocked, and take blocks back."""
    you = _you(request)
    if request.method != "POST":
        return _hidden(request, blocks_of(you), "blocked")
    person = person_in_block(you, request.POST.get("person", ""))
    if person is None:
        # Undone in another tab: the list shows it.
        return redirect("accounts:blocked")
    said = _("You have unblocked %(name)s.") % {"name": person.shown_name}
    return _done(request, person, unblock, you, said)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def muted_people(request: HttpRequest) -> HttpResponse:
    """List whom one has muted, and take it back."""
    you = _you(request)
    if request.method != "POST":
        return _hidden(request, mutes_of(you), "muted")
    person = person_in_mute(you, request.POST.get("person", ""))
    if person is None:
        # Undone in another tab: the list shows it.
        return redirect("accounts:muted")
    said = _("You have unmuted %(name)s.") % {"name": person.shown_name}
    return _done(request, person, unmute, you, said)


def _hidden(request: HttpRequest, rows: QuerySet[Any], side: str) -> HttpResponse:
    page = Paginator(rows, PEOPLE_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "people": [person_card(getattr(row, side)) for row in page]}
    return render(request, f"accounts/{side}.html", context)


def _done(
    request: HttpRequest, person: User, service: Callable[[User, User], object], you: User, said: str = ""
) -> HttpResponse:
    """Do something between two people, say so, and go back to where it was asked for."""
    try:
        service(you, person)
    except NotFoundError:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        if said:
            messages.success(request, said)
    return redirect(_back(request, person))


def _pair(request: HttpRequest, handle: str) -> tuple[User, User]:
    return _you(request), profile_for(request.user, handle)


def _you(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise LoginRequiredError
    return request.user


def _back(request: HttpRequest, person: User) -> str:
    """Return the page of ours that the form names, else the person's."""
    return own_address(request, request.POST.get("next", "")) or reverse("accounts:profile", args=[person.handle])
