"""Pages about notifications: the list, what one wants to be told, and the links at the foot of letters."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import BadSubscriptionError
from accounts.forms.notifications import NotificationForm
from accounts.notices.kinds import Words, kind_named, words_of
from accounts.notices.push_keys import can_push, public_key
from accounts.notices.unsubscribing import EVERYTHING, read_token, read_undo, undo_token
from accounts.selectors.notifications import choices_of, list_for, notification_for, rhythm_of
from accounts.selectors.people import has_confirmed_address
from accounts.services.devices import DEVICE_COOKIE, forget_device, renew_device, subscribe_device
from accounts.services.notification_choices import subscribe_again, unsubscribe
from accounts.services.notification_list import (
    mark_all_read,
    mark_seen,
    open_notification,
    remove_notification,
    restore_notification,
)
from config.lib.errors import NotFoundError
from config.lib.formats import day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from accounts.models import Notification, User

ON_A_PAGE = 30
DEVICE_SECONDS = 400 * 86400


class Entry(TypedDict):
    """A line of the list."""

    row: Notification
    words: Words
    icon: str


@require_safe
@never_cache
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    """Show what somebody was told, newest first, by day."""
    person = _who(request)
    page = Paginator(list_for(person), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {
        "page": page,
        "days": list(_by_day(rows)),
        "unread": any(row.read_at is None for row in rows) or page.has_other_pages(),
        "removed": _removed(person, request.GET.get("removed", "")),
    }
    answer = render(request, "accounts/notifications.html", context)
    if unseen := [row.pk for row in rows if row.seen_at is None]:
        mark_seen(person, unseen)
    return answer


def _by_day(rows: list[Notification]) -> Iterator[tuple[str, list[Entry]]]:
    """Yield each day as whoever reads says it, with its entries."""
    today = timezone.localdate()
    names = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}

    def day_of(row: Notification) -> date:
        return timezone.localdate(row.created_at)

    for when, group in groupby(rows, key=day_of):
        entries = [Entry(row=row, words=words_of(row), icon=kind_named(row.kind).icon) for row in group]
        yield names.get(when) or day(when), entries


def _removed(person: User, public_id: str) -> Notification | None:
    """Return what was just removed and can be put back."""
    try:
        found = notification_for(person, public_id)
    except NotFoundError:
        return None
    return found if found.removed_at is not None else None


@require_safe
@never_cache
@login_required
def notification(request: HttpRequest, public_id: str) -> HttpResponse:
    """Call it read and lead to what it is about."""
    return redirect(open_notification(_who(request), public_id) or reverse("accounts:notifications"))


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Call everything read."""
    mark_all_read(_who(request))
    return redirect("accounts:notifications")


@require_POST
@login_required
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one out of the list, and offer to put it back."""
    remove_notification(_who(request), public_id)
    return _list(request, removed=public_id)


@require_POST
@login_required
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put one back."""
    restore_notification(_who(request), public_id)
    return _list(request)


def _list(request: HttpRequest, **query: str) -> HttpResponse:
    """Lead back to the page of the list on which one was."""
    number = request.POST.get("page", "")
    if number.isascii() and number.isdigit() and number != "1":
        query["page"] = number[:6]
    return redirect(f"{reverse('accounts:notifications')}{f'?{urlencode(query)}' if query else ''}")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notification_settings(request: HttpRequest) -> HttpResponse:
    """Show what somebody wants to be told and when, and take it back."""
    person = _who(request)
    form = NotificationForm(choices_of(person), rhythm_of(person), request.POST if request.method == "POST" else None)
    if form.is_bound and form.save(person, page_zone=timezone.get_current_timezone_name()):
        messages.success(request, _("Your choices are saved."))
        return redirect("accounts:notification-settings")
    context: dict[str, Any] = {
        "form": form,
        "zone": timezone.get_current_timezone_name(),
        "address_confirmed": has_confirmed_address(person),
        "push_key": public_key() if can_push() else "",
        "push_worker": reverse("service-worker") if settings.PUSH_WORKER else "",
    }
    return render(request, "accounts/notification_settings.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["POST", "DELETE"])
@login_required
def device(request: HttpRequest) -> HttpResponse:
    """Let this browser be told, or no more; its script sends what the browser gave it."""
    person = _who(request)
    sent = _subscription(request)
    if request.method == "DELETE":
        forget_device(person, endpoint=sent["endpoint"])
        answer = HttpResponse(status=204)
        answer.delete_cookie(DEVICE_COOKIE)
        return answer
    found = subscribe_device(person, **sent)
    answer = HttpResponse(status=204)
    answer.set_cookie(
        DEVICE_COOKIE,
        found.public_id,
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


# A service worker has no page whose token it could send. The cookie is httponly and comes from this site alone.
@csrf_exempt
@never_cache
@require_POST
@login_required
def renew(request: HttpRequest) -> HttpResponse:
    """Take down that this browser's push service has given it another address (`pushsubscriptionchange`)."""
    user = _who(request)
    renew_device(user, public_id=request.COOKIES.get(DEVICE_COOKIE, ""), **_subscription(request))
    return HttpResponse(status=204)


def _subscription(request: HttpRequest) -> dict[str, str]:
    """Read what PushSubscription.toJSON() gives; raises BadSubscriptionError."""
    if request.content_type != "application/json":
        raise BadSubscriptionError
    try:
        sent = json.loads(request.body)
        found = {"endpoint": sent["endpoint"], **{name: sent["keys"][name] for name in ("p256dh", "auth")}}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadSubscriptionError from error
    if not all(isinstance(value, str) for value in found.values()):
        raise BadSubscriptionError
    return found


# The link itself shows who it is for; mail programs post to it without a cookie (RFC 8058 section 3.2).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether letters shall end, end them with one press, and let them come again with another."""
    person, kind = read_token(token)
    context: dict[str, Any] = {"token": token, "everything": kind == EVERYTHING, "label": kind_named(kind).label}
    if request.method != "POST":
        return render(request, "accounts/unsubscribe.html", context | {"step": "ask"})
    if undo := request.POST.get("undo"):
        subscribe_again(person, read_undo(token, undo))
        return render(request, "accounts/unsubscribe.html", context | {"step": "undone"})
    ended = unsubscribe(person, kind)
    undo = undo_token(token, ended) if ended else request.POST.get("before", "")
    return render(request, "accounts/unsubscribe.html", context | {"step": "done", "undo": undo})


def _who(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user
