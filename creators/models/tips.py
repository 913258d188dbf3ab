"""Tips: what somebody gives a creator, with a few words; what went back of it; and who wants any.

Sums are in minor units. A tip's row is there before Stripe is asked, and gives the calls their keys.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.lib.money import Money
from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from config.lib.public_id import new_public_id
from creators.enums import TipReturnReason, TipState
from ticketing.enums import DisputeState, RefundState

STRIPE_ID_MAX_LENGTH = 255
CURRENCY_LENGTH = 3
# settings.TIP_MESSAGE_LENGTH may be less.
TIP_MESSAGE_MAX_LENGTH = 500
UNPAID = (TipState.OPEN, TipState.LAPSED)


class Tip(models.Model):
    """A tip, and what became of it."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    # None once the account is erased; the tip, a record of a payment, stays.
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The recipient's public id, which stays.
    recipient_key = models.CharField(max_length=PUBLIC_ID_LENGTH)
    # Of which room's page it came, if of one.
    room = models.ForeignKey("rooms.Room", models.SET_NULL, null=True, related_name="tips")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    message = models.CharField(max_length=TIP_MESSAGE_MAX_LENGTH, blank=True)
    # Then only staff know who gave it.
    anonymous = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=TipState, default=TipState.OPEN)
    # What came, what Stripe kept of it (None until its balance says so), and what goes back or went.
    charged = models.PositiveIntegerField(null=True)
    cost = models.PositiveIntegerField(null=True)
    refunded = models.PositiveIntegerField(default=0)
    # Until when the page at Stripe is open, and how often one was asked for: each try has a key of its own.
    open_until = models.DateTimeField()
    checkout_tries = models.PositiveSmallIntegerField(default=0)
    session = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    payment_intent = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    charge = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    dispute = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    dispute_state = models.CharField(max_length=4, choices=DisputeState, blank=True)
    # What a bank has taken for good.
    disputed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)
    # The number and time of the room's event that told of it; None if none did.
    seq = models.PositiveBigIntegerField(null=True)
    shown_at = models.DateTimeField(null=True)
    # When a host, staff or the giver took the words away.
    words_removed_at = models.DateTimeField(null=True)
    thanked_at = models.DateTimeField(null=True)
    # That the recipient still has to be told.
    tell = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TipState.values), name="creators_tip_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="creators_tip_above_zero"),
            models.CheckConstraint(
                condition=Q(state__in=UNPAID, charged=None, paid_at=None)
                | (~Q(state__in=UNPAID) & Q(charged__isnull=False, paid_at__isnull=False)),
                name="creators_tip_paid_has_money",
            ),
            models.CheckConstraint(
                condition=~Q(state=TipState.EARNED) | Q(cost__isnull=False), name="creators_tip_earned_knows_its_cost"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0, disputed=0) | Q(charged__gte=F("refunded") + F("disputed")),
                name="creators_tip_not_over_refunded",
            ),
            models.CheckConstraint(
                condition=Q(seq=None, shown_at=None) | Q(seq__isnull=False, shown_at__isnull=False),
                name="creators_tip_shown_with_its_number",
            ),
            models.UniqueConstraint(fields=["session"], condition=~Q(session=""), name="creators_tip_one_session"),
            models.UniqueConstraint(
                fields=["payment_intent"], condition=~Q(payment_intent=""), name="creators_tip_one_payment"
            ),
            models.UniqueConstraint(fields=["charge"], condition=~Q(charge=""), name="creators_tip_one_charge"),
            models.UniqueConstraint(fields=["room", "seq"], name="creators_tip_seq_once"),
        ]
        indexes = [
            models.Index(fields=["giver", "created_at"], name="creators_tip_of_giver"),
            models.Index(fields=["recipient", "paid_at"], name="creators_tip_of_recipient"),
            models.Index(fields=["open_until"], condition=Q(state=TipState.OPEN), name="creators_tip_open"),
            models.Index(fields=["id"], condition=Q(state=TipState.PAID), name="creators_tip_unsettled"),
            models.Index(fields=["recipient", "paid_at"], condition=Q(tell=True), name="creators_tip_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def money(self) -> Money:
        """Return what was given, or is about to be."""
        return Money(self.amount if self.charged is None else self.charged, self.currency)

    @property
    def is_paid(self) -> bool:
        return self.charged is not None

    @property
    def words(self) -> str:
        """Return the message as others read it."""
        return "" if self.words_removed_at else self.message


class TipRefund(models.Model):
    """Money of a tip on its way back. The row is there before Stripe is asked, and gives the call its key."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    tip = models.ForeignKey(Tip, models.PROTECT, related_name="refunds")
    amount = models.PositiveIntegerField()
    reason = models.CharField(max_length=7, choices=TipReturnReason)
    state = models.CharField(max_length=9, choices=RefundState, default=RefundState.WANTED)
    stripe_id = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveIntegerField(default=0)
    # How often Stripe said no. It says the same again under the same key for a day, so the next try has another.
    refusals = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="creators_tiprefund_above_zero"),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="creators_tiprefund_state_known"),
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="creators_tiprefund_one_at_stripe"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=RefundState.WANTED), name="creators_tiprefund_due"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.tip.currency)


class TipChoice(models.Model):
    """Whether somebody wants tips, once they have said so."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tip_choice")
    wanted = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.person_id}: {self.wanted}"
