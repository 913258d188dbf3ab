"""What giving a tip may refuse, and how it says so. Codes are part of docs/protocol.md."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError, ForbiddenError, InvalidError


class TipsOffError(ForbiddenError):
    """The recipient wants none, may not be given any, or there is a block between the two."""

    code = "tips_off"
    message = _("This person takes no tips here just now.")


class OwnTipError(ForbiddenError):
    code = "own_tip"
    message = _("A tip is for somebody else. You cannot give one to yourself.")


class TipAccountTooNewError(ForbiddenError):
    code = "account_too_new"
    message = _("Your account is too new to give tips. Come back in a few days.")


class TipAmountError(InvalidError):
    """Less or more than one tip may be; the text says what may."""

    code = "bad_tip_amount"
    message = _("Choose another amount.")


class TipMessageError(InvalidError):
    """Longer than a message may be; the text says how long."""

    code = "bad_tip_message"
    message = _("Your message is too long.")


class TooManyTipsError(DomainError):
    """As much, or as often, as one may give in a day."""

    code = "too_many_tips"
    http_status = 409
    message = _("That is as much as one may give in a day. Nothing was charged; come back tomorrow.")


class TipPaidError(DomainError):
    """There is no page to pay on, as it is paid."""

    code = "tip_paid"
    http_status = 409
    message = _("This tip is paid.")


class TipOverError(DomainError):
    """The page at Stripe has closed."""

    code = "tip_over"
    http_status = 409
    message = _("The time to pay is over, and nothing was charged. Begin again if you still want to give.")


class TipNotRefundableError(DomainError):
    code = "tip_not_refundable"
    http_status = 409
    message = _("Nothing of this tip is left to give back, or a bank decides about it first.")
