"""Programmes of the fund and who applies to them. A programme's terms stay as they are from when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policies import rules
from accounts.policies.rules import Purpose, Rule, RuleKind
from config.lib.currencies import step
from config.lib.money import Money
from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from config.lib.public_id import new_public_id
from creators.enums import ApplicationState, Cadence, FundFormula, ProgrammeState
from creators.fund.terms import Formula, Terms
from creators.fund_calendar import period_days

if TYPE_CHECKING:
    from datetime import date

NAME_MAX_LENGTH = 80
ABOUT_MAX_LENGTH = 2_000
WORDS_MAX_LENGTH = 2_000
REASON_MAX_LENGTH = 500
CURRENCY_LENGTH = 3
# An earning holds no more, and one creator may get all of a period.
BUDGET_MAX = 2_147_483_647
PERIODS_MAX = 120


class Programme(models.Model):
    """A budget that is shared out among creators, period by period. Sums are in minor units."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    name = models.CharField(_("name"), max_length=NAME_MAX_LENGTH)
    about = models.TextField(_("what it is for"), max_length=ABOUT_MAX_LENGTH, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=ProgrammeState, default=ProgrammeState.DRAFT)
    currency = models.CharField(_("currency"), max_length=CURRENCY_LENGTH)
    # For one period at most, and for all of them together.
    budget = models.PositiveBigIntegerField(_("budget of a period"))
    total = models.PositiveBigIntegerField(_("budget of all periods"))
    # What is promised to periods that are frozen, and given by those that are paid.
    committed = models.PositiveBigIntegerField(default=0)
    first_day = models.DateField(_("first day"))
    cadence = models.CharField(_("cadence"), max_length=5, choices=Cadence, default=Cadence.MONTH)
    number_of_periods = models.PositiveSmallIntegerField(_("periods"))
    formula = models.CharField(_("formula"), max_length=12, choices=FundFormula)
    stipend = models.PositiveBigIntegerField(null=True)
    creator_cap = models.PositiveBigIntegerField(null=True)
    # In what the formula counts (creators.fund.terms).
    listener_cap = models.PositiveBigIntegerField(null=True)
    min_listeners = models.PositiveIntegerField(_("different listeners at least"), default=0)
    # Who may have it, beside the site's own policy. 0 asks for nothing.
    min_followers = models.PositiveIntegerField(_("followers at least"), default=0)
    min_account_days = models.PositiveIntegerField(_("days with an account, at least"), default=0)
    verified_email = models.BooleanField(_("confirmed e-mail address"), default=False)
    rooms_per_week = models.PositiveSmallIntegerField(_("rooms a week at least"), default=0)
    min_age = models.PositiveSmallIntegerField(_("age at least"), default=0)
    # In so many periods each creator gets something at most; None: in all.
    most_periods = models.PositiveSmallIntegerField(_("periods for each creator at most"), null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(_("opened"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("programme of the fund")
        verbose_name_plural = _("fund: programmes")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="creators_programme_has_name"),
            models.CheckConstraint(
                condition=Q(Exact(Length("currency"), CURRENCY_LENGTH)) & Q(Exact(F("currency"), Lower("currency"))),
                name="creators_programme_currency_as_stripe",
            ),
            models.CheckConstraint(
                condition=Q(budget__gte=1, budget__lte=BUDGET_MAX, total__gte=F("budget")),
                name="creators_programme_budget",
            ),
            models.CheckConstraint(
                condition=Q(committed__lte=F("total")), name="creators_programme_never_promises_more"
            ),
            models.CheckConstraint(
                condition=Q(number_of_periods__gte=1, number_of_periods__lte=PERIODS_MAX),
                name="creators_programme_periods",
            ),
            models.CheckConstraint(condition=Q(formula__in=FundFormula.values), name="creators_programme_formula"),
            models.CheckConstraint(condition=Q(cadence__in=Cadence.values), name="creators_programme_cadence"),
            models.CheckConstraint(
                condition=Q(formula=FundFormula.FLAT, stipend__isnull=False, stipend__gte=1, listener_cap=None)
                | (~Q(formula=FundFormula.FLAT) & Q(stipend=None)),
                name="creators_programme_stipend_if_flat",
            ),
            models.CheckConstraint(
                condition=Q(state=ProgrammeState.DRAFT, opened_at=None, closed_at=None)
                | Q(state=ProgrammeState.OPEN, opened_at__isnull=False, closed_at=None)
                | Q(state=ProgrammeState.CLOSED, opened_at__isnull=False, closed_at__isnull=False),
                name="creators_programme_state_has_times",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def unit(self) -> int:
        """Return the least that can be paid in its currency."""
        return step(self.currency)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def terms(self, budget: int) -> Terms:
        """Return what the arithmetic goes by in a period that has so much to give."""
        return Terms(
            formula=Formula(self.formula),
            budget=budget,
            unit=self.unit,
            stipend=self.stipend,
            creator_cap=self.creator_cap,
            listener_cap=self.listener_cap,
            min_listeners=self.min_listeners,
        )

    def rules(self) -> rules.Terms:
        """Return what it asks of an account, for the engine of policies."""
        way = []
        if self.min_followers:
            way.append(Rule(RuleKind.FOLLOWERS, self.min_followers))
        if self.min_account_days:
            way.append(Rule(RuleKind.ACCOUNT_AGE, self.min_account_days))
        if self.verified_email:
            way.append(Rule(RuleKind.VERIFIED_EMAIL))
        return rules.Terms(Purpose.FUND, (tuple(way),))

    @property
    def last_day(self) -> date:
        return period_days(self.first_day, self.cadence, self.number_of_periods)[1]


class Application(models.Model):
    """Somebody who wants to be in a programme, and what staff say to it."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="applications")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    # The person's public id, which stays.
    person_key = models.CharField(max_length=PUBLIC_ID_LENGTH)
    words = models.TextField(_("words"), max_length=WORDS_MAX_LENGTH)
    # They said that they are as old as the programme asks.
    is_of_age = models.BooleanField(_("says to be of age"), default=False)
    state = models.CharField(_("state"), max_length=9, choices=ApplicationState, default=ApplicationState.SENT)
    # Staff's, which the person reads.
    reason = models.CharField(_("reason"), max_length=REASON_MAX_LENGTH, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("application to the fund")
        verbose_name_plural = _("fund: applications")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "person_key"],
                condition=~Q(state=ApplicationState.WITHDRAWN),
                name="creators_application_one_each",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.SENT, reviewed_at=None, withdrawn_at=None)
                | Q(
                    state__in=[ApplicationState.ACCEPTED, ApplicationState.REFUSED],
                    reviewed_at__isnull=False,
                    withdrawn_at=None,
                )
                | Q(state=ApplicationState.WITHDRAWN, withdrawn_at__isnull=False),
                name="creators_application_state_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.REFUSED) | ~Q(reason=""),
                name="creators_application_refused_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["person"], name="creators_application_person")]

    def __str__(self) -> str:
        return f"{self.programme}: {self.person or self.person_key}"
