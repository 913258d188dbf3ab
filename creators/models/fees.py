"""What the platform keeps of sales, and from when on. Rows are added, never changed or deleted.

What constraints cannot say, triggers do (creators.fee_triggers), on PostgreSQL and SQLite.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.money import BASIS_POINTS
from creators import fees

NAME_MAX_LENGTH = 60
NOTE_MAX_LENGTH = 300
CURRENCY_LENGTH = 3


class FeeSchedule(models.Model):
    """The rates that hold from a moment on, until another schedule for the currency begins. None yet: no fee."""

    name = models.CharField(_("name"), max_length=NAME_MAX_LENGTH)
    # "" is all currencies (creators.fees.ALL).
    currency = models.CharField(_("currency"), max_length=CURRENCY_LENGTH, blank=True)
    valid_from = models.DateTimeField(_("holds from"))
    note = models.CharField(_("note"), max_length=NOTE_MAX_LENGTH, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("platform fee")
        verbose_name_plural = _("platform fees")
        constraints = [
            # What was sold before keeps its fee.
            models.CheckConstraint(
                condition=Q(valid_from__gte=F("created_at")), name="creators_feeschedule_not_backdated"
            ),
            models.CheckConstraint(
                condition=Q(currency=fees.ALL)
                | Q(Exact(Length("currency"), CURRENCY_LENGTH)) & Q(Exact(F("currency"), Lower("currency"))),
                name="creators_feeschedule_currency_as_stripe",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="creators_feeschedule_has_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def rates(self) -> fees.FeeSchedule:
        """Return what it says; reads the tiers unless they are fetched already."""
        tiers = sorted(fees.Tier(tier.from_minor, tier.basis_points) for tier in self.tiers.all())
        return fees.FeeSchedule(tuple(tiers), self.valid_from, self.currency, self.pk)


class FeeTier(models.Model):
    """From so much on that a creator has earned, in the smallest unit, this rate on what lies above."""

    schedule = models.ForeignKey(FeeSchedule, models.PROTECT, related_name="tiers")
    from_minor = models.BigIntegerField()
    basis_points = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "from_minor"], name="creators_feetier_one_from_each"),
            models.CheckConstraint(condition=Q(from_minor__gte=0), name="creators_feetier_not_below_zero"),
            models.CheckConstraint(condition=Q(basis_points__lte=BASIS_POINTS), name="creators_feetier_not_above_all"),
        ]

    def __str__(self) -> str:
        return f"{self.basis_points} from {self.from_minor}"
