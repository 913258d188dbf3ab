"""What staff have closed for somebody."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Feature
from config.lib.public_id import new_public_id

RESTRICTION_REASON_MAX_LENGTH = 500


class Restriction(models.Model):
    """One thing that somebody may not do, until it is lifted or its time is over. The row stays, as a record."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="restrictions", verbose_name=_("person")
    )
    feature = models.CharField(_("what is closed"), max_length=8, choices=Feature.choices)
    reason = models.TextField(
        _("reason"), max_length=RESTRICTION_REASON_MAX_LENGTH, help_text=_("The person reads it.")
    )
    # None: until staff lift it.
    until = models.DateTimeField(_("until"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )

    class Meta:
        verbose_name = _("closed feature")
        verbose_name_plural = _("closed features")
        constraints = [
            models.CheckConstraint(condition=Q(feature__in=Feature.values), name="accounts_restriction_feature_known"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("created_at")), name="accounts_restriction_ends_later"
            ),
            models.UniqueConstraint(
                fields=["user", "feature"], condition=Q(lifted_at=None, until=None), name="accounts_restriction_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "feature"], condition=Q(lifted_at=None), name="accounts_restriction_of")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} may not {self.feature}"

    @property
    def holds(self) -> bool:
        """Whether it is in force now."""
        return self.lifted_at is None and (self.until is None or self.until > timezone.now())
