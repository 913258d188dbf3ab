"""What the creators' app may refuse, and how it says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError, InvalidError


class FundFileError(InvalidError):
    """A file is no snapshot or allocation of the fund; the text says where, and what should stand there."""

    code = "bad_fund_file"
    message = _("This is no file of the fund.")


class FeeStartsInPastError(InvalidError):
    code = "fee_starts_in_past"
    message = _("A fee cannot hold for what is sold already. Choose a later moment, or leave it empty for now.")


class FeeTiersError(InvalidError):
    """Tiers that a schedule cannot have; the text says what is wrong."""

    code = "bad_fee_tiers"
    message = _("The first rate begins at 0, and each further one above the one before.")


class CountryNotPaidError(InvalidError):
    code = "country_not_paid"
    message = _("People there cannot be paid from here. Choose the country in which you live among those listed.")


class PayeeMissingError(DomainError):
    """There is no account at Stripe yet, or none any more: the person begins with their country."""

    code = "payee_missing"
    http_status = 409
    message = _("You have no open account at Stripe. Begin with the country in which you live.")


class PayeeBusyError(DomainError):
    """A payment to the account that was closed may still have arrived there."""

    code = "payee_busy"
    http_status = 409
    message = _("A payment to your old account is not settled yet. Begin again in some hours, when it is.")


class PayeeStuckError(DomainError):
    """Stripe leads nobody on for this account: it was closed or refused meanwhile."""

    code = "payee_stuck"
    http_status = 409
    message = _(
        "Stripe does not go on with this account. If its state below does not say why, ask those who run this site."
    )


class ExclusionReasonError(InvalidError):
    code = "exclusion_without_reason"
    message = _("Say why: it is kept with the decision.")


class ExclusionEndsFirstError(InvalidError):
    code = "exclusion_ends_first"
    message = _("The end has to be after the beginning. Leave it empty for no end.")


class ExclusionLiftedError(InvalidError):
    code = "exclusion_lifted"
    message = _("This was lifted already.")


class NoPayeeError(DomainError):
    code = "no_payee"
    http_status = 409
    message = _("Stripe cannot pay you yet. Look at “Getting paid” to see what is missing.")


class PayoutTooSmallError(DomainError):
    code = "payout_too_small"
    http_status = 409
    message = _("There is too little to pay out yet. What you have earned stays yours and adds up.")


class PayoutUnderWayError(DomainError):
    code = "payout_under_way"
    http_status = 409
    message = _("A payout is already on its way. You can ask for the next one once it has arrived.")


class PayoutsStoppedError(DomainError):
    code = "payouts_stopped"
    http_status = 409
    message = _("Payouts are paused just now. What you have earned stays yours; try again later.")
