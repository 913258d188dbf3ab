"""The one tree of errors that a person or a client is meant to see.

Each is mapped once to HTML and the API (config.problems) and once to the socket (rooms.consumers). Codes are stable:
clients compare them. Texts say what to do next and are translated when they are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DomainError(Exception):
    """Something the person asked for cannot be done, and why."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 400
    message: StrOrPromise = _("That did not work. Please try again.")

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
    code = "invalid"
    http_status = 422
    message = _("Something in what was sent is not right.")
