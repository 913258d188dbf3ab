"""Who may sign up: the door, the codes that members hand on, the people who wait, and the waves that let them in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import new_public_id

CODES_MAX = 1000
REFILL_DAYS_MAX = 3650
WAVE_MAX = 100_000


class Door(models.TextChoices):
    """Who may sign up."""

    OPEN = "open", _("open to everybody")
    INVITATION = "invitation", _("by invitation only")
    CLOSED = "closed", _("closed")


class SignupRules(models.Model):
    """The one row that staff change while the site runs."""

    door = models.CharField(_("sign-up is"), max_length=12, choices=Door.choices, default=Door.OPEN)
    codes_at_joining = models.PositiveSmallIntegerField(
        _("invitations on joining"), default=3, validators=[MaxValueValidator(CODES_MAX)]
    )
    refill_codes = models.PositiveSmallIntegerField(
        _("further invitations"), default=1, validators=[MaxValueValidator(CODES_MAX)]
    )
    refill_days = models.PositiveSmallIntegerField(
        _("every so many days"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(REFILL_DAYS_MAX)],
    )

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-up")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="accounts_signuprules_single"),
            models.CheckConstraint(condition=Q(door__in=Door.values), name="accounts_signuprules_door"),
            models.CheckConstraint(
                condition=Q(codes_at_joining__lte=CODES_MAX, refill_codes__lte=CODES_MAX),
                name="accounts_signuprules_codes",
            ),
            models.CheckConstraint(
                condition=Q(refill_days__gte=1, refill_days__lte=REFILL_DAYS_MAX), name="accounts_signuprules_days"
            ),
        ]

    def __str__(self) -> str:
        return str(Door(self.door).label)


class SignupChange(models.Model):
    """Who changed the door or the number of codes, when, before and after. Rows are only ever added."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("sign-up: changes")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class InvitationGrant(models.Model):
    """Further invitations that staff gave to somebody."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    number = models.PositiveSmallIntegerField(
        _("number"), validators=[MinValueValidator(1), MaxValueValidator(CODES_MAX)]
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("further invitations")
        verbose_name_plural = _("invitations: given by staff")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=CODES_MAX), name="accounts_invitationgrant_number"
            )
        ]

    def __str__(self) -> str:
        return f"+{self.number}"


class Invitation(models.Model):
    """A code that lets one account be made. Only staff see who invited whom."""

    code = models.CharField(_("code"), max_length=14, unique=True, default=new_public_id, editable=False)
    # Empty: of a wave, not of a member.
    inviter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    revoked_at = models.DateTimeField(_("taken back"), null=True)
    redeemed_at = models.DateTimeField(_("used"), null=True)
    # Empty beside a time: the account is gone, and the code stays used.
    redeemed_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("used by")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations: who invited whom")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=False) | Q(redeemed_by__isnull=True),
                name="accounts_invitation_redeemed_when",
            ),
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True) | Q(revoked_at__isnull=True),
                name="accounts_invitation_used_or_revoked",
            ),
            models.CheckConstraint(
                condition=~Q(inviter=F("redeemed_by")) | Q(redeemed_by__isnull=True) | Q(inviter__isnull=True),
                name="accounts_invitation_not_oneself",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        return self.redeemed_at is None and self.revoked_at is None


class Wave(models.Model):
    """So many of those who wait longest shall be let in; a job does it, bit by bit."""

    number = models.PositiveIntegerField(_("how many"), validators=[MinValueValidator(1), MaxValueValidator(WAVE_MAX)])
    done = models.PositiveIntegerField(_("let in"), default=0, editable=False)
    # Where the links in the mail lead: the address at which staff opened the wave.
    site = models.URLField(editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waiting list: waves")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=WAVE_MAX), name="accounts_wave_number"),
            models.CheckConstraint(condition=Q(done__lte=F("number")), name="accounts_wave_done"),
        ]

    def __str__(self) -> str:
        return f"{self.done}/{self.number}"


class WaitingEntry(models.Model):
    """Somebody who waits for an account; they count once they confirmed the address by mail."""

    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    # The private link to one's place: nobody else has it.
    key = models.CharField(max_length=14, unique=True, default=new_public_id, editable=False)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    mailed_at = models.DateTimeField(_("last mail"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    let_in_at = models.DateTimeField(_("let in"), null=True)
    wave = models.ForeignKey(Wave, models.SET_NULL, null=True, related_name="entries", verbose_name=_("wave"))
    invitation = models.OneToOneField(Invitation, models.SET_NULL, null=True, related_name="+")
    told_at = models.DateTimeField(_("told"), null=True)

    class Meta:
        verbose_name = _("waiting")
        verbose_name_plural = _("waiting list")
        constraints: ClassVar = [
            models.UniqueConstraint(Upper("email"), name="accounts_waitingentry_email_unique_ci"),
            models.CheckConstraint(
                condition=Q(let_in_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="accounts_waitingentry_confirmed_first",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["confirmed_at", "id"],
                condition=Q(confirmed_at__isnull=False, let_in_at__isnull=True),
                name="accounts_waiting_queue",
            )
        ]

    def __str__(self) -> str:
        return self.email
