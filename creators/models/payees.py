"""To whom money goes on: the account that somebody has at Stripe, as Stripe last described it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from creators.enums import PayeeState

STRIPE_ID_MAX_LENGTH = 255
COUNTRY_LENGTH = 2
CURRENCY_LENGTH = 3
STATUS_MAX_LENGTH = 20
# Of these it does not matter what else Stripe says.
_FINAL = {
    "active": PayeeState.ACTIVE,
    "rejected": PayeeState.REFUSED,
    "unsupported": PayeeState.UNSUPPORTED,
}


class Payee(models.Model):
    """Somebody who is paid. `account` is "" from when they chose a country until Stripe has made it."""

    # None once the account here is erased: what was earned by then still goes to the one at Stripe.
    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="payee")
    # The person's public id, by which the ledger knows them.
    person_key = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True)
    account = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    # Those they had before, which were closed.
    former_accounts = models.JSONField(default=list, blank=True)
    # Where they live, as they said, and in what they are paid (ISO 3166, large letters; ISO 4217, small ones).
    country = models.CharField(max_length=COUNTRY_LENGTH)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True)
    # What ticketing.stripe_objects.ConnectedAccount says, as of `looked_at`.
    transfers = models.CharField(max_length=STATUS_MAX_LENGTH, blank=True)
    reasons = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    later = models.JSONField(default=list)
    in_review = models.JSONField(default=list)
    deadline = models.DateTimeField(null=True)
    closed = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True)
    # Goes up with each change: who has asked Stripe writes only if nobody else has written meanwhile.
    revision = models.PositiveIntegerField(default=0)
    # When Stripe first let this account be paid.
    active_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("payee")
        verbose_name_plural = _("payees")
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=~Q(account=""), name="creators_payee_one_account"),
        ]

    def __str__(self) -> str:
        return self.person_key

    @property
    def may_be_paid(self) -> bool:
        """Say whether money can go there now."""
        return self.account != "" and self.transfers == "active" and not self.closed

    @property
    def state(self) -> PayeeState:
        """Return how far they are."""
        if self.account == "":
            return PayeeState.NONE
        if self.closed:
            return PayeeState.CLOSED
        if self.transfers in _FINAL:
            return _FINAL[self.transfers]
        if self.missing:
            return PayeeState.RESTRICTED if self.active_at else PayeeState.UNFINISHED
        if self.transfers == "pending" or self.in_review:
            return PayeeState.REVIEW
        return PayeeState.RESTRICTED
