"""Whose listening does not count: what staff decided, of whom, why and from when until when. Nothing is deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

REASON_MAX_LENGTH = 500


class ListenerExclusion(models.Model):
    """What the account hears in that time counts towards no creator's share. Lifted, it never held.

    A share that was frozen before stays as it is. Only staff see it, and the listener in the copy of their data.
    """

    # None once the account is erased; the reason goes with it.
    listener = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("listener")
    )
    reason = models.CharField(_("reason"), max_length=REASON_MAX_LENGTH)
    begins_at = models.DateTimeField(_("does not count from"))
    # None: until it is lifted.
    ends_at = models.DateTimeField(_("counts again from"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_reason = models.CharField(_("why lifted"), max_length=REASON_MAX_LENGTH, blank=True)

    class Meta:
        verbose_name = _("excluded listener")
        verbose_name_plural = _("excluded listeners")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")), name="creators_exclusion_ends_later"
            ),
            models.CheckConstraint(condition=~Q(reason="") | Q(listener=None), name="creators_exclusion_has_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | Q(lifted_at__isnull=False) & (~Q(lifted_reason="") | Q(listener=None)),
                name="creators_exclusion_lifted_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["listener"], condition=Q(lifted_at=None), name="creators_exclusion_holds")]

    def __str__(self) -> str:
        return f"{self.listener_id} from {self.begins_at:%Y-%m-%d}"
