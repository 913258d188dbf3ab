"""The periods of a programme: what came in, what follows from it for each creator, who did what, and appeals.

Snapshots, allocations, shares and steps are written once (creators.fund_triggers): whoever kept a digest can hold what
is there now against it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.money import Money
from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from config.lib.public_id import new_public_id
from creators.enums import AppealState, PeriodState
from creators.fund_calendar import midnight
from creators.models.fund import REASON_MAX_LENGTH, WORDS_MAX_LENGTH, Programme

if TYPE_CHECKING:
    from datetime import datetime

DIGEST_LENGTH = 64


class Period(models.Model):
    """Some weeks or months of a programme, in UTC days, both included."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="periods", verbose_name=_("programme"))
    # From 1 on.
    number = models.PositiveSmallIntegerField(_("period"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    state = models.CharField(_("state"), max_length=9, choices=PeriodState, default=PeriodState.OPEN)
    # What it may give at most, in minor units; promised when it was frozen.
    budget = models.PositiveBigIntegerField(_("budget"), null=True)
    # With which listeners got their names in the snapshot; forgotten when appeals are over.
    key = models.BinaryField(null=True)
    appeal_until = models.DateTimeField(_("appeals until"), null=True)

    class Meta:
        verbose_name = _("period of the fund")
        verbose_name_plural = _("fund: periods")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="creators_period_one_of_each_number"),
            models.CheckConstraint(condition=Q(state__in=PeriodState.values), name="creators_period_state_known"),
            models.CheckConstraint(
                condition=Q(number__gte=1, last_day__gte=F("first_day")), name="creators_period_has_days"
            ),
            models.CheckConstraint(
                condition=Q(state=PeriodState.OPEN, budget=None)
                | (~Q(state=PeriodState.OPEN) & Q(budget__isnull=False, budget__gte=1)),
                name="creators_period_frozen_has_budget",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[PeriodState.FROZEN, PeriodState.TRIED, PeriodState.PUBLISHED], key__isnull=False)
                | Q(state__in=[PeriodState.OPEN, PeriodState.FINAL, PeriodState.PAID], key=None),
                name="creators_period_forgets_its_key",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[PeriodState.OPEN, PeriodState.FROZEN, PeriodState.TRIED], appeal_until__isnull=True
                )
                | Q(state__in=[PeriodState.PUBLISHED, PeriodState.FINAL, PeriodState.PAID], appeal_until__isnull=False),
                name="creators_period_published_can_be_appealed",
            ),
        ]
        permissions = [("pay_period", "Can pay a period of the fund")]

    def __str__(self) -> str:
        return f"{self.programme}, {self.number}"

    @property
    def begins_at(self) -> datetime:
        return midnight(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """Return the first moment that is no longer in it."""
        return midnight(self.last_day + timedelta(days=1))

    @property
    def can_freeze_at(self) -> datetime:
        """Return when all that came in has been counted."""
        return self.ends_at + timedelta(hours=settings.FUND_FREEZE_AFTER_HOURS)

    def money(self, minor: int) -> Money:
        return Money(minor, self.programme.currency)


class PeriodStep(models.Model):
    """What was done with a period, by whom; None is the clock, or somebody whose account is gone."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="steps")
    # The state in which it was then.
    state = models.CharField(max_length=9, choices=PeriodState)
    # The digest of what was frozen or published, or why it was reckoned again.
    note = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.period}: {self.state}"


class PeriodSnapshot(models.Model):
    """What came in, as a file (creators.fund.snapshot). A later version was made because something was put right."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="snapshots")
    # From 1 on; the highest counts.
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=DIGEST_LENGTH)
    # Why the one before was not right; "" for the first.
    why = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "version"], name="creators_periodsnapshot_versions"),
            models.CheckConstraint(
                condition=Q(Exact(Length("digest"), DIGEST_LENGTH)), name="creators_periodsnapshot_digest_whole"
            ),
            models.CheckConstraint(
                condition=Q(version=1, why="") | (Q(version__gt=1) & ~Q(why="")),
                name="creators_periodsnapshot_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} ({self.version})"


class PeriodAllocation(models.Model):
    """What follows from a snapshot, as a file (creators.fund.allocation)."""

    snapshot = models.OneToOneField(PeriodSnapshot, models.PROTECT, related_name="allocation")
    text = models.TextField()
    digest = models.CharField(max_length=DIGEST_LENGTH)
    given = models.PositiveBigIntegerField()
    recipients = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(Length("digest"), DIGEST_LENGTH)), name="creators_periodallocation_digest_whole"
            ),
        ]

    def __str__(self) -> str:
        return str(self.snapshot)


class PeriodShare(models.Model):
    """What one creator gets by an allocation, 0 included, and why (creators.fund.reasons)."""

    allocation = models.ForeignKey(PeriodAllocation, models.PROTECT, related_name="shares")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    creator_key = models.CharField(max_length=PUBLIC_ID_LENGTH)
    minor = models.PositiveIntegerField()
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["allocation", "creator_key"], name="creators_periodshare_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.creator_key}: {self.minor}"


class Appeal(models.Model):
    """What somebody holds against their share, and staff's answer."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    period = models.ForeignKey(Period, models.PROTECT, related_name="appeals", verbose_name=_("period"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    person_key = models.CharField(max_length=PUBLIC_ID_LENGTH)
    words = models.TextField(_("words"), max_length=WORDS_MAX_LENGTH)
    state = models.CharField(_("state"), max_length=8, choices=AppealState, default=AppealState.SENT)
    answer = models.CharField(_("answer"), max_length=REASON_MAX_LENGTH, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("answered by")
    )
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("appeal against a share")
        verbose_name_plural = _("fund: appeals")
        constraints = [
            models.UniqueConstraint(fields=["period", "person_key"], name="creators_appeal_one_each"),
            models.CheckConstraint(
                condition=Q(state=AppealState.SENT, answered_at=None, answer="")
                | (Q(state__in=[AppealState.ACCEPTED, AppealState.REFUSED], answered_at__isnull=False) & ~Q(answer="")),
                name="creators_appeal_answered_has_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.person or self.person_key}"
