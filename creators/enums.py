"""The words of paying creators. Values are stored, so they stay as they are."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    PAID = "paid", pgettext_lazy("payout", "paid")
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


class FundFormula(models.TextChoices):
    """How a programme shares its budget out; the values are those of creators.fund.terms.Formula."""

    FLAT = "flat", _("the same stipend for each")
    PRO_RATA = "pro_rata", _("by minutes listened to")
    USER_CENTRIC = "user_centric", _("each listener’s equal part goes to whom they heard")
    QUADRATIC = "quadratic", _("by how many support somebody, more than by how much")


class Cadence(models.TextChoices):
    """How long a period of a programme is."""

    WEEK = "week", _("every week")
    MONTH = "month", _("every month")


class ProgrammeState(models.TextChoices):
    """How far a programme of the fund has come."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open for applications")
    # Nobody may apply any more; its periods are still worked off.
    CLOSED = "closed", _("closed for applications")


class ApplicationState(models.TextChoices):
    """How far somebody's application to a programme has come."""

    SENT = "sent", _("sent")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PeriodState(models.TextChoices):
    """How far a period has come, in this order and one step at a time."""

    OPEN = "open", _("running")
    # What came in is one file that stays; nobody has seen yet what follows from it.
    FROZEN = "frozen", _("frozen")
    # Staff see what each would get, and why.
    TRIED = "tried", _("dry run")
    PUBLISHED = "published", _("published")
    # The time to appeal is over and each appeal is answered.
    FINAL = "final", _("final")
    PAID = "paid", _("paid")


class AppealState(models.TextChoices):
    """How far an appeal against a share has come."""

    SENT = "sent", _("sent")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


# What may follow what; the database refuses anything else (creators.fund_triggers).
MOVES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "creators_programme": (
        (ProgrammeState.DRAFT, ProgrammeState.OPEN),
        (ProgrammeState.OPEN, ProgrammeState.CLOSED),
    ),
    "creators_application": (
        (ApplicationState.SENT, ApplicationState.ACCEPTED),
        (ApplicationState.SENT, ApplicationState.REFUSED),
        (ApplicationState.SENT, ApplicationState.WITHDRAWN),
        (ApplicationState.ACCEPTED, ApplicationState.REFUSED),
        (ApplicationState.ACCEPTED, ApplicationState.WITHDRAWN),
    ),
    "creators_period": tuple(pairwise(PeriodState.values)),
    "creators_appeal": (
        (AppealState.SENT, AppealState.ACCEPTED),
        (AppealState.SENT, AppealState.REFUSED),
    ),
}


class TipState(models.TextChoices):
    """How far a tip has come; it only ever goes on (see TIP_STEPS)."""

    # The giver may be paying.
    OPEN = "open", _("being paid")
    # The page at Stripe closed without money.
    LAPSED = "lapsed", _("not paid")
    # The money is there; what the payment cost is not known yet, or a bank looks at it.
    PAID = "paid", pgettext_lazy("tip", "paid")
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
