"""A handle that somebody had, and that still leads to them for a while."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class FormerHandle(models.Model):
    """One change of a handle: what it was, and until when. All of them together say how often somebody changes it.

    That nobody else has the handle while it is kept cannot be a constraint: it concerns two tables and the time.
    Whoever takes a handle looks here once the name is theirs (accounts.services.handles).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="former_handles")
    handle = models.CharField(_("handle"), max_length=30)
    given_up_at = models.DateTimeField(_("given up"), default=timezone.now)

    class Meta:
        verbose_name = _("former handle")
        verbose_name_plural = _("former handles")
        indexes = [models.Index(Upper("handle"), name="accounts_formerhandle_upper")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(handle=""), name="accounts_formerhandle_is_one"),
            models.UniqueConstraint(fields=["person", "given_up_at"], name="accounts_formerhandle_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.handle
