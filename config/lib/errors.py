"""The one tree of errors that a person or a client is meant to see.

Each is mapped once to HTML and the API (config.problems) and once to the socket (rooms.consumers). Codes are stable:
clients compare them. Texts say what to do next and are translated when they are shown.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise


class DomainError(Exception):
    """Something the person asked for cannot be done, and why."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 400
    message: StrOrPromise = _("That did not work. Please try again.")
    # What a program may want to know beside that (RFC 9457 section 3.2, "extension members").
    members: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, message: StrOrPromise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class NotFoundError(DomainError):
    code = "not_found"
    http_status = 404
    message = _("There is nothing here. The link may be wrong, or what it led to is gone.")


class ForbiddenError(DomainError):
    code = "forbidden"
    http_status = 403
    message = _("You may not do that here.")


class LoginRequiredError(DomainError):
    code = "login_required"
    http_status = 401
    message = _("Log in to do that.")


class InvalidError(DomainError):
    """What was sent is not right; `errors` says it field by field where that is known."""

    code = "invalid"
    http_status = 422
    message = _("Something in what was sent is not right.")

    def __init__(
        self, message: StrOrPromise | None = None, *, errors: Mapping[str, StrOrPromise] | None = None
    ) -> None:
        super().__init__(message)
        self.errors = dict(errors or {})


class UnavailableError(DomainError):
    code = "unavailable"
    http_status = 503
    message = _("That is not possible just now. Try again in a moment.")


# The following say in our words what Django, REST framework and allauth refuse by themselves.


class BadRequestError(DomainError):
    code = "bad_request"
    http_status = 400
    message = _("That request could not be understood.")


class CsrfError(DomainError):
    code = "csrf_failed"
    http_status = 403
    message = _("This page was open for too long, or your browser refuses cookies. Reload it and try again.")


class MethodNotAllowedError(DomainError):
    code = "method_not_allowed"
    http_status = 405
    message = _("That cannot be done at this address.")


class NotAcceptableError(DomainError):
    code = "not_acceptable"
    http_status = 406
    message = _("This address answers in JSON only.")


class UnsupportedMediaTypeError(DomainError):
    code = "unsupported_media_type"
    http_status = 415
    message = _("Send the body as JSON.")


class TooManyRequestsError(DomainError):
    code = "too_many_requests"
    http_status = 429
    message = _("That was too often. Wait a moment and try again.")


class ServerError(DomainError):
    code = "server_error"
    http_status = 500
    message = _("Something went wrong on our side. Try again in a moment.")
