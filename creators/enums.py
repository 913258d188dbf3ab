"""The words of paying creators. Values are stored, so they stay as they are."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class EarningSource(models.TextChoices):
    """What somebody is paid for."""

    TICKET = "ticket", _("ticket")
    TIP = "tip", _("tip")
    FUND = "fund", _("fund")


class PayoutReason(models.TextChoices):
    """Why a run of payouts was made."""

    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")
    ASKED = "asked", _("asked for")
    STAFF = "staff", _("by staff")


class RunState(models.TextChoices):
    """How far a run of payouts has come."""

    # Payouts are being written down and sent; whoever finds it goes on.
    OPEN = "open", _("under way")
    DONE = "done", _("done")
    # The ledger was not in order, or staff had stopped payouts: nothing was written.
    REFUSED = "refused", _("refused")


class PayoutState(models.TextChoices):
    """How far a payout has come."""

    OPEN = "open", _("on its way")
    PAID = "paid", _("paid")
    # Some of it, or all, did not go through and is owed again.
    FAILED = "failed", _("failed")


class TransferState(models.TextChoices):
    """How far a transfer, or the taking back of one, has come."""

    # Written down, and sent to Stripe until it answers.
    WANTED = "wanted", _("on its way to Stripe")
    DONE = "done", _("done")
    # Stripe says no; the money is owed again.
    REFUSED = "refused", _("refused")


class TipState(models.TextChoices):
    """How far a tip has come; it only ever goes on (see TIP_STEPS)."""

    # The giver may be paying.
    OPEN = "open", _("being paid")
    # The page at Stripe closed without money.
    LAPSED = "lapsed", _("not paid")
    # The money is there; what the payment cost is not known yet, or a bank looks at it.
    PAID = "paid", _("paid")
    # It is the recipient's, less what the payment cost.
    EARNED = "earned", _("given")
    # All of it went back.
    RETURNED = "returned", _("given back")


# What a tip may become. Money that comes after its page closed is still recorded: lapsed tips can be paid.
TIP_STEPS: Final = {
    TipState.OPEN: frozenset({TipState.LAPSED, TipState.PAID}),
    TipState.LAPSED: frozenset({TipState.PAID}),
    TipState.PAID: frozenset({TipState.EARNED, TipState.RETURNED}),
    TipState.EARNED: frozenset({TipState.RETURNED}),
    TipState.RETURNED: frozenset[TipState](),
}


class TipReturnReason(models.TextChoices):
    """Why a tip goes back."""

    STAFF = "staff", _("by staff")
    # The recipient had left, or does not want it from this giver, or another sum came than was asked for.
    REFUSED = "refused", _("it could not be given")
    # Made in Stripe's own dashboard.
    OUTSIDE = "outside", _("made at Stripe")
