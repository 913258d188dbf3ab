"""What people may not call themselves, and how they are told. Codes are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise


class HandleTakenError(DomainError):
    code = "handle_taken"
    http_status = 409
    message = _("Somebody else has this handle. Choose another.")


class HandleReservedError(DomainError):
    code = "handle_reserved"
    http_status = 422
    message = _("This handle is kept for the site itself. Choose another.")


class HandleInvalidError(DomainError):
    code = "handle_invalid"
    http_status = 422
    message = _("A handle has 3 to 30 letters (a-z), digits or underscores.")


class EmailTakenError(DomainError):
    code = "email_taken"
    http_status = 409
    message = _("There is an account with this e-mail address already. Log in, or ask for a new password.")


class EmailElsewhereError(DomainError):
    code = "email_elsewhere"
    http_status = 409
    message = _("Another account has this e-mail address. Choose another.")


class NotEligibleError(DomainError):
    """A policy says no; `members` has the purpose and what is missing, rule by rule."""

    code = "not_eligible"
    http_status = 403
    message = _("This is not open to your account.")

    def __init__(self, message: StrOrPromise | None = None, *, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.members = dict(members or {})


class NoSuchFlagError(DomainError):
    code = "no_such_flag"
    http_status = 422
    message = _("There is no flag of that name. Make it first.")

    def __init__(self, *, name: str) -> None:
        super().__init__(_("There is no flag “%(name)s”. Make it first.") % {"name": name})


class ReasonMissingError(DomainError):
    code = "reason_missing"
    http_status = 422
    message = _("Say why: a no needs a reason. Only staff see it.")


class NoInvitationsLeftError(DomainError):
    code = "no_invitations_left"
    http_status = 409
    message = _("You have no invitation left just now. Take one back that nobody has used, or wait for the next.")


class InvitationUsedError(DomainError):
    code = "invitation_used"
    http_status = 409
    message = _("This invitation has been used already. Ask for another, or put yourself on the waiting list.")


class SignupClosedError(DomainError):
    code = "signup_closed"
    http_status = 403
    message = _("No new accounts are made here just now. You can listen without one.")
