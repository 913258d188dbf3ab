"""What the creators' app may refuse, and how it says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import InvalidError


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


class ExclusionReasonError(InvalidError):
    code = "exclusion_without_reason"
    message = _("Say why: it is kept with the decision.")


class ExclusionEndsFirstError(InvalidError):
    code = "exclusion_ends_first"
    message = _("The end has to be after the beginning. Leave it empty for no end.")


class ExclusionLiftedError(InvalidError):
    code = "exclusion_lifted"
    message = _("This was lifted already.")
