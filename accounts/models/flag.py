"""A flag of django-waffle whose share of accounts stays the same at every request."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from waffle.models import AbstractUserFlag

from accounts.policies.shares import in_share

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.http import HttpRequest


class Flag(AbstractUserFlag):
    """Waffle would throw dice for each browser; here an account is in or out, and stays in when the share is raised."""

    percent = models.DecimalField(
        _("share of accounts, in percent"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("Which accounts is settled by their ids: raising the share keeps all who are in."),
    )

    class Meta(AbstractUserFlag.Meta):
        abstract = False
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100), name="accounts_flag_percent"
            ),
        ]

    def is_active_for_user(self, user: AbstractBaseUser) -> bool | None:
        """Say whether the flag is on for the account; None lets waffle go on asking."""
        if self.everyone is not None:
            # Waffle itself would still look at its lists after a no for everyone.
            return self.everyone
        active = super().is_active_for_user(user)
        if active is not None or self.percent is None:
            return active
        public_id = getattr(user, "public_id", "")
        return True if public_id and in_share(public_id, self.name, self.percent) else None

    def _is_active_for_percent(self, request: HttpRequest, read_only: bool) -> bool | None:  # noqa: FBT001 - waffle's own signature
        """Nothing: `is_active_for_user` has looked at the share, and guests belong to none."""
        del request, read_only
        return None
