"""What the page of a problem shows beside its sentence: a picture, a heading, and the ways that lead on."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.lib.addresses import own_address

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from config.lib.errors import DomainError

_OF_CODE: dict[str, tuple[str, StrOrPromise]] = {"csrf_failed": ("clock", _("This page is out of date"))}
_OF_STATUS: dict[int, tuple[str, StrOrPromise]] = {
    HTTPStatus.UNAUTHORIZED: ("person", _("Log in first")),
    HTTPStatus.FORBIDDEN: ("lock", _("This door is closed to you")),
    HTTPStatus.NOT_FOUND: ("door", _("Wrong door")),
    HTTPStatus.TOO_MANY_REQUESTS: ("clock", _("A little slower, please")),
    HTTPStatus.SERVICE_UNAVAILABLE: ("away", _("Not just now")),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("lamp", _("The light went out on our side")),
}


class Way(NamedTuple):
    """A link out of the problem. A `fresh` one loads the whole window anew."""

    href: str
    label: StrOrPromise
    icon: str = ""
    fresh: bool = False


class ProblemPage(NamedTuple):
    """The first way is the one that most likely helps."""

    icon: str
    heading: StrOrPromise
    ways: list[Way]


def problem_page(request: HttpRequest, error: DomainError) -> ProblemPage:
    """Return what fits this error. It asks neither the database nor Redis."""
    icon, heading = _face(error)
    return ProblemPage(icon, heading, [*_help(request, error), hallway_way()])


def hallway_way() -> Way:
    return Way(reverse("rooms:hallway"), _("Back to the hallway"), icon="back")


def _face(error: DomainError) -> tuple[str, StrOrPromise]:
    return _OF_CODE.get(error.code) or _OF_STATUS.get(error.http_status) or ("info", _("That did not work"))


def _help(request: HttpRequest, error: DomainError) -> list[Way]:
    if error.code == "csrf_failed":
        return [Way(_came_from(request), _("Load the page again"), fresh=True)]
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return [Way(redirect_to_login(_came_from(request)).url, _("Log in"))]
    waits = error.http_status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    if waits or error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return [Way(_came_from(request), _("Try again"), fresh=True)]
    return []


def _came_from(request: HttpRequest) -> str:
    """Return an address that can be looked at: this one, or the page of ours whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return own_address(request, request.headers.get("Referer", "")) or reverse("rooms:hallway")
