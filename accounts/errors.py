"""What people may not call themselves, and how they are told. Codes are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError, TooManyRequestsError

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


class HandleChangedTooOftenError(DomainError):
    code = "handle_changed_too_often"
    http_status = 429
    message = _("You have changed your handle often lately. Wait some days.")


class EmailTakenError(DomainError):
    code = "email_taken"
    http_status = 409
    message = _("There is an account with this e-mail address already. Log in, or ask for a new password.")


class EmailElsewhereError(DomainError):
    code = "email_elsewhere"
    http_status = 409
    message = _("Another account has this e-mail address. Choose another.")


class ExportTooOftenError(DomainError):
    code = "export_too_often"
    http_status = 429
    message = _("You have asked for several copies today already. Try again tomorrow.")


class DeletionBegunError(DomainError):
    code = "deletion_begun"
    http_status = 410
    message = _("It is too late to come back: what was kept of this account is gone.")


class NotOneselfError(DomainError):
    code = "not_oneself"
    http_status = 422
    message = _("That is you. Choose somebody else.")


class TooManyFollowedError(DomainError):
    code = "too_many_followed"
    http_status = 409
    message = _("You follow as many people as one can. Unfollow somebody first.")


class TooManyFollowsError(TooManyRequestsError):
    code = "too_many_follows"
    message = _("You have followed many people within an hour. Go on a little later.")


class YouBlockedError(DomainError):
    code = "you_blocked"
    http_status = 409
    message = _("You have blocked this person. Unblock them first.")


class TooManyHiddenError(DomainError):
    code = "too_many_hidden"
    http_status = 409
    message = _("Your list is full. Take somebody off it first.")


class NotEligibleError(DomainError):
    """A policy says no; `members` has the purpose and what is missing, rule by rule."""

    code = "not_eligible"
    http_status = 403
    message = _("This is not open to your account.")

    def __init__(self, message: StrOrPromise | None = None, *, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.members = dict(members or {})


class BadTokenError(DomainError):
    code = "bad_token"
    http_status = 401
    message = _("This key opens nothing: it is not one of ours, or is over, or was taken back. Make a new one.")


class ScopeError(DomainError):
    code = "insufficient_scope"
    http_status = 403
    message = _("This key was not made for that. Make one that may do it.")


class TooManyTokensError(DomainError):
    code = "too_many_tokens"
    http_status = 409
    message = _("You have as many keys as one may. Take one back first.")


class IdempotencyKeyError(DomainError):
    code = "bad_idempotency_key"
    message = _("An Idempotency-Key has 1 to 255 printable characters.")


class IdempotencyMismatchError(DomainError):
    code = "idempotency_mismatch"
    http_status = 422
    message = _("This Idempotency-Key stands for another call already. Use a new key for each.")


class FeatureClosedError(DomainError):
    """Staff have closed something for somebody; `members` has what and until when (null: until they lift it)."""

    code = "feature_closed"
    http_status = 403
    message = _("Staff have closed this for you.")

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


class PictureTooHeavyError(DomainError):
    code = "picture_too_heavy"
    http_status = 413
    message = _("The file is larger than 8 MB. Choose a smaller one, or save it smaller first.")


class PictureTooLargeError(DomainError):
    code = "picture_too_large"
    http_status = 422
    message = _("The picture has more than 40 million pixels. Save it smaller first.")


class PictureUnreadableError(DomainError):
    code = "picture_unreadable"
    http_status = 422
    message = _("This is no picture that we can read. Choose a JPEG, PNG, WebP or GIF.")


class QuietHoursError(DomainError):
    code = "quiet_hours"
    http_status = 422
    message = _("The hours of quiet begin and end at the same time. Choose two times, or switch them off.")


class BadSubscriptionError(DomainError):
    code = "bad_subscription"
    http_status = 422
    message = _("Your browser gave us an address that we cannot send to. Reload the page and try again.")


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
