"""What creators have earned: a row for each payment or award that became theirs, written once and never changed.

The ledger's account `creator:` has the same sums. What is taken from them later, by a refund or a lost dispute, is a
`Clawback`; the earning stays as it was earned.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.lib.money import Money
from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from config.lib.public_id import new_public_id
from creators.enums import EarningSource

SOURCE_KEY_MAX_LENGTH = 64
STRIPE_ID_MAX_LENGTH = 255
CLAWBACK_KEY_MAX_LENGTH = 100
CURRENCY_LENGTH = 3


class Earning(models.Model):
    """`net` of `gross` became somebody's: gross - tax - cost - fee = net. Sums are in minor units, of what was kept."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The creator's public id, which stays.
    creator_key = models.CharField(max_length=PUBLIC_ID_LENGTH)
    source = models.CharField(max_length=6, choices=EarningSource)
    # The public id of the order or tip, or whose share of which period of the fund it is.
    source_key = models.CharField(max_length=SOURCE_KEY_MAX_LENGTH)
    room = models.ForeignKey("rooms.Room", models.SET_NULL, null=True, related_name="+")
    # Out of which payment at Stripe it is passed on; "" for the fund's, which goes out of the balance.
    charge = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    gross = models.PositiveIntegerField()
    tax = models.PositiveIntegerField(default=0)
    # What the payment cost, as far as the creator bears it, and what the platform keeps.
    cost = models.PositiveIntegerField(default=0)
    fee = models.PositiveIntegerField(default=0)
    net = models.PositiveIntegerField()
    # When it was paid for, and from when on it may be paid out.
    earned_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_key"], name="creators_earning_once"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax") + F("cost") + F("fee")), name="creators_earning_adds_up"
            ),
            models.CheckConstraint(condition=Q(source__in=EarningSource.values), name="creators_earning_source_known"),
        ]
        indexes = [
            models.Index(fields=["creator_key", "currency", "available_at"], name="creators_earning_of_creator"),
            models.Index(fields=["room"], name="creators_earning_of_room"),
        ]

    def __str__(self) -> str:
        return f"{self.money} for {self.source} {self.source_key}"

    @property
    def money(self) -> Money:
        return Money(self.net, self.currency)


class Clawback(models.Model):
    """A part of an earning whose money went back to its buyer, or was lost to a bank, after it was settled.

    It came out of what the creator had, the platform's fee and the cost that the creator bore.
    """

    earning = models.ForeignKey(Earning, models.PROTECT, related_name="clawbacks")
    # `refund:<public id>` or `dispute:<Stripe's id>`.
    key = models.CharField(max_length=CLAWBACK_KEY_MAX_LENGTH, unique=True)
    net = models.PositiveIntegerField()
    fee = models.PositiveIntegerField(default=0)
    cost = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # The refund did not go through: the earning is whole again.
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(net__gt=0) | Q(fee__gt=0) | Q(cost__gt=0), name="creators_clawback_above_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.earning_id}"
