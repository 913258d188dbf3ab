"""Money on its way to creators: runs of payouts, a transfer for each earning, and transfers that were taken back.

Each row is there before Stripe is asked, and gives the call its key.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.lib.money import Money
from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from config.lib.public_id import new_public_id
from creators.enums import PayoutReason, PayoutState, RunState, TransferState
from creators.models.earnings import Earning
from creators.models.payees import Payee

STRIPE_ID_MAX_LENGTH = 255
CURRENCY_LENGTH = 3
PERIOD_MAX_LENGTH = 20
WHY_MAX_LENGTH = 200


class PayoutRun(models.Model):
    """One going through all who are owed something, or the payout that one person asked for."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    reason = models.CharField(max_length=7, choices=PayoutReason)
    # Which week or month, so that a scheduled run is made once: `2026-W47`, `2026-11`; "" otherwise.
    period = models.CharField(max_length=PERIOD_MAX_LENGTH, blank=True)
    state = models.CharField(max_length=7, choices=RunState, default=RunState.OPEN)
    # Why it was refused, for staff.
    why = models.CharField(max_length=WHY_MAX_LENGTH, blank=True)
    # The staff member or creator who asked; None for the clock.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Whom it is for; None for everybody.
    payee = models.ForeignKey(Payee, models.PROTECT, null=True, related_name="runs")
    # When the ledger was last found to be right; before that nothing is written.
    checked_at = models.DateTimeField(null=True)
    # What was earned until then is paid.
    until = models.DateTimeField(default=timezone.now)
    # The last creator for whom it was seen what they are owed.
    reached = models.CharField(max_length=PUBLIC_ID_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "period"],
                condition=~Q(period="") & ~Q(state=RunState.REFUSED),
                name="creators_payoutrun_once",
            ),
            models.UniqueConstraint(
                fields=["payee"],
                condition=Q(payee__isnull=False, state=RunState.OPEN),
                name="creators_payoutrun_one_of_payee",
            ),
            models.CheckConstraint(
                condition=~Q(reason=PayoutReason.ASKED) | Q(payee__isnull=False),
                name="creators_payoutrun_asked_for_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.period or self.public_id} ({self.state})"


class PayoutStop(models.Model):
    """Staff's switch: while one is not lifted, no payout is made and nothing is sent to creators."""

    why = models.CharField(max_length=WHY_MAX_LENGTH)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    stopped_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["stopped_at"], condition=Q(lifted_at=None), name="creators_payoutstop_now"),
        ]

    def __str__(self) -> str:
        return f"{self.stopped_at:%Y-%m-%d %H:%M}: {self.why}"


class Payout(models.Model):
    """What one creator is paid at one time in one currency: the sum of its transfers."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    run = models.ForeignKey(PayoutRun, models.PROTECT, related_name="payouts")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="payouts")
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    amount = models.PositiveBigIntegerField()
    state = models.CharField(max_length=6, choices=PayoutState, default=PayoutState.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "payee", "currency"], name="creators_payout_once_a_run"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="creators_payout_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Transfer(models.Model):
    """An earning on its way, whole or less what is kept for a debt.

    All transfers of an earning together, less what came back, are never more than is left of it: they are written
    under the earning's lock (creators.services.paying).
    """

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="transfers")
    earning = models.ForeignKey(Earning, models.PROTECT, related_name="transfers")
    # Out of which payment at Stripe; "" out of the balance.
    charge = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    amount = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=TransferState, default=TransferState.WANTED)
    stripe_id = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    # How much of it was taken back, or is about to be.
    reversed = models.PositiveIntegerField(default=0)
    # Stripe's code, if it refused.
    why = models.CharField(max_length=WHY_MAX_LENGTH, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["earning"], condition=Q(state=TransferState.WANTED), name="creators_transfer_one_under_way"
            ),
            models.UniqueConstraint(fields=["payout", "earning"], name="creators_transfer_once_a_payout"),
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="creators_transfer_one_at_stripe"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="creators_transfer_above_zero"),
            models.CheckConstraint(condition=Q(reversed__lte=F("amount")), name="creators_transfer_not_over_reversed"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=TransferState.WANTED), name="creators_transfer_due"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"


class Reversal(models.Model):
    """A transfer that is taken back, or a part of it, because the money behind it went back to a buyer."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="reversals")
    amount = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=TransferState, default=TransferState.WANTED)
    stripe_id = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    why = models.CharField(max_length=WHY_MAX_LENGTH, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="creators_reversal_one_at_stripe"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="creators_reversal_above_zero"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=TransferState.WANTED), name="creators_reversal_due"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"
