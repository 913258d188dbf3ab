"""Who may do what, as staff combined it, and every change of that."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.flag import Flag
from accounts.policies.rules import Platform, Purpose, Rule, RuleKind, Terms, Verdict, Way

FOLLOWERS_MAX = 100_000_000
AGE_DAYS_MAX = 36_500
REASON_MAX_LENGTH = 300

_PLATFORMS = {"on_web": Platform.WEB, "on_ios": Platform.IOS, "on_android": Platform.ANDROID}
_SWITCHES = {
    "verified_email": RuleKind.VERIFIED_EMAIL,
    "second_factor": RuleKind.SECOND_FACTOR,
    "invited": RuleKind.INVITED,
}


class Policy(models.Model):
    """One for each purpose. It is changed by accounts.services.policies alone."""

    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices, unique=True, editable=False)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies: who may")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="accounts_policy_purpose")
        ]

    def __str__(self) -> str:
        return str(Purpose(self.purpose).label)

    def terms(self) -> Terms:
        """Return what it says; reads the ways unless they are fetched already."""
        return Terms(Purpose(self.purpose), tuple(way.rules() for way in self.ways.all()))


class PolicyWay(models.Model):
    """A way in: whoever meets all that is filled in here."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="ways", verbose_name=_("policy"))
    followers = models.PositiveIntegerField(
        _("followers at least"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(FOLLOWERS_MAX)],
    )
    age_days = models.PositiveIntegerField(
        _("days with an account, at least"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(AGE_DAYS_MAX)],
    )
    verified_email = models.BooleanField(_("confirmed e-mail address"), default=False)
    second_factor = models.BooleanField(_("second factor"), default=False)
    invited = models.BooleanField(_("came by invitation"), default=False)
    # None of the three means: on whichever.
    on_web = models.BooleanField(_("only on: web"), default=False)
    on_ios = models.BooleanField(_("only on: iOS"), default=False)
    on_android = models.BooleanField(_("only on: Android"), default=False)
    share = models.ForeignKey(
        Flag,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("share of accounts"),
        help_text=_("A flag with a percentage."),
    )
    flag = models.ForeignKey(
        Flag,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("flag or group"),
        help_text=_("A flag that is on for chosen people or groups."),
    )

    class Meta:
        verbose_name = _("way in")
        verbose_name_plural = _("ways in: any one is enough, and each asks for all that is filled in")
        ordering = ("pk",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(followers__isnull=True) | Q(followers__gte=1, followers__lte=FOLLOWERS_MAX),
                name="accounts_policyway_followers",
            ),
            models.CheckConstraint(
                condition=Q(age_days__isnull=True) | Q(age_days__gte=1, age_days__lte=AGE_DAYS_MAX),
                name="accounts_policyway_age_days",
            ),
        ]

    def __str__(self) -> str:
        return str(_("way in"))

    def rules(self) -> Way:
        """Return what whoever takes this way must meet."""
        rules = []
        if self.followers:
            rules.append(Rule(RuleKind.FOLLOWERS, self.followers))
        if self.age_days:
            rules.append(Rule(RuleKind.ACCOUNT_AGE, self.age_days))
        rules += [Rule(kind) for name, kind in _SWITCHES.items() if getattr(self, name)]
        platforms = frozenset(platform for name, platform in _PLATFORMS.items() if getattr(self, name))
        if platforms:
            rules.append(Rule(RuleKind.PLATFORM, platforms=platforms))
        if self.share:
            rules.append(Rule(RuleKind.SHARE, flag=self.share.name))
        if self.flag:
            rules.append(Rule(RuleKind.FLAG, flag=self.flag.name))
        return tuple(rules)

    @classmethod
    def of(cls, policy: Policy, way: Way, flags: dict[str, Flag]) -> PolicyWay:
        """Return an unsaved row for the rules; `flags` has those that they name."""
        row = cls(policy=policy)
        for rule in way:
            match rule.kind:
                case RuleKind.FOLLOWERS:
                    row.followers = rule.least
                case RuleKind.ACCOUNT_AGE:
                    row.age_days = rule.least
                case RuleKind.PLATFORM:
                    row.on_web, row.on_ios, row.on_android = (one in rule.platforms for one in _PLATFORMS.values())
                case RuleKind.SHARE:
                    row.share = flags[rule.flag]
                case RuleKind.FLAG:
                    row.flag = flags[rule.flag]
                case _:
                    setattr(row, rule.kind.value, True)
        return row


class PolicyException(models.Model):
    """Staff's word on one account, above the rules. Where both stand, the no counts."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="exceptions", verbose_name=_("policy"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    reason = models.CharField(
        _("reason"), max_length=REASON_MAX_LENGTH, blank=True, help_text=_("Seen by staff only. A no needs one.")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("policies: exceptions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "policy", "verdict"], name="accounts_policyexception_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="accounts_policyexception_verdict"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.DENY, reason=""),
                name="accounts_policyexception_reason",
                violation_error_message=_("Say why: a no needs a reason. Only staff see it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {Verdict(self.verdict).label}"


class PolicyChange(models.Model):
    """Who changed a policy, when, and what it said before and after. Rows are only ever added."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="changes", verbose_name=_("policy"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("policies: changes")

    def __str__(self) -> str:
        return f"{self.policy}, {self.at:%Y-%m-%d %H:%M}"
