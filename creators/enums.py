"""The words of paying creators. Values are stored, so they stay as they are."""

from __future__ import annotations

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


class PayeeState(models.TextChoices):
    """How far somebody is with being paid: worked out of what Stripe says, never stored."""

    NONE = "none", _("not begun")
    # Stripe has never let them be paid, and something is missing.
    UNFINISHED = "unfinished", _("not finished")
    REVIEW = "review", _("Stripe looks into it")
    ACTIVE = "active", _("can be paid")
    # Stripe did let them be paid, and does not any more, or says no more than that it does not.
    RESTRICTED = "restricted", _("stopped")
    # For good, unless Stripe thinks again.
    REFUSED = "refused", _("refused by Stripe")
    UNSUPPORTED = "unsupported", _("country not paid")
    CLOSED = "closed", _("closed")
