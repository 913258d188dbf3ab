"""What people ask for with their data: a copy of it, and that it be gone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentKind, ExportState
from config.lib.public_id import new_public_id

_OPEN = Q(state__in=[ExportState.WAITING, ExportState.WRITING])


class DataExport(models.Model):
    """A copy of everything that is kept of somebody, as a ZIP file that they may fetch for some days.

    Whoever writes it holds a lease: `claim` names them until `claimed_until`, then another may take over.
    """

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports", verbose_name=_("person")
    )
    state = models.CharField(_("state"), max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    progress = models.PositiveSmallIntegerField(_("progress in percent"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = models.CharField(max_length=14, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Relative to settings.EXPORTS_DIR.
    file = models.CharField(_("file"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("copy of somebody’s data")
        verbose_name_plural = _("copies of people’s data")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ExportState.values), name="accounts_export_state_known"),
            models.UniqueConstraint(fields=["person"], condition=_OPEN, name="accounts_export_one_open"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="accounts_export_progress_is_percent"),
            models.CheckConstraint(
                condition=Q(state="writing", claimed_until__isnull=False) & ~Q(claim="")
                | (~Q(state="writing") & Q(claim="", claimed_until=None)),
                name="accounts_export_claimed_while_written",
            ),
            models.CheckConstraint(
                condition=(Q(state="ready", ready_at__isnull=False, expires_at__gt=F("ready_at")) & ~Q(file=""))
                | (~Q(state="ready") & Q(ready_at=None, expires_at=None, file="")),
                name="accounts_export_ready_has_file",
            ),
        ]
        indexes = [models.Index(fields=["state"], condition=_OPEN, name="accounts_export_to_do")]

    def __str__(self) -> str:
        return f"copy {self.public_id} of {self.person_id}’s data"


class AccountDeletion(models.Model):
    """That somebody closed their account, and when what is kept of them goes. Until then they may come back.

    It remains when everything else is gone, and names nobody then.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deletion", verbose_name=_("person")
    )
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    # From here on there is no way back.
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("deletion of an account")
        verbose_name_plural = _("deletions of accounts")
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("requested_at")), name="accounts_deletion_due_later"),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(started_at__gte=F("due_at")), name="accounts_deletion_not_before_due"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="accounts_deletion_finished_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(finished_at=None), name="accounts_deletion_to_do"),
        ]

    def __str__(self) -> str:
        return f"deletion of {self.person_id}"


class Consent(models.Model):
    """That somebody agreed to something, to which version of its words, and since when they no longer do."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents", verbose_name=_("person")
    )
    kind = models.CharField(_("to what"), max_length=32)
    words = models.CharField(_("words"), max_length=16)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "words"],
                condition=Q(withdrawn_at=None),
                name="accounts_consent_once_to_the_same_words",
            ),
            models.CheckConstraint(condition=~Q(kind="") & ~Q(words=""), name="accounts_consent_names_words"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")),
                name="accounts_consent_withdrawn_later",
            ),
        ]

    @property
    def title(self) -> str:
        """What was agreed to, in the language of the page."""
        return str(dict(ConsentKind.choices).get(self.kind, self.kind))

    def __str__(self) -> str:
        return f"{self.person_id} agreed to {self.kind} {self.words}"
