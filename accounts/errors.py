"""What people may not call themselves, and how they are told. Codes are stable."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError


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


class QuietHoursError(DomainError):
    code = "quiet_hours"
    http_status = 422
    message = _("The hours of quiet begin and end at the same time. Choose two times, or switch them off.")


class BadSubscriptionError(DomainError):
    code = "bad_subscription"
    http_status = 422
    message = _("Your browser gave us an address that we cannot send to. Reload the page and try again.")
