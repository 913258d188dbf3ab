"""What programs that act for somebody leave: their keys, and what they were answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import TokenScope
from config.lib.public_id import new_public_id

TOKEN_NAME_MAX_LENGTH = 60
IDEMPOTENCY_KEY_MAX_LENGTH = 255


class ApiToken(models.Model):
    """A key with which a program calls the API for somebody. Only its hash is kept: it is shown once."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("person")
    )
    name = models.CharField(_("name"), max_length=TOKEN_NAME_MAX_LENGTH)
    scope = models.CharField(_("may"), max_length=16, choices=TokenScope.choices)
    # SHA-256 of 256 random bits, which nobody guesses: nothing slower is needed.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Its last characters, so that people know which one it is.
    ending = models.CharField(max_length=4, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("good until"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("key of the API")
        verbose_name_plural = _("keys of the API")
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=TokenScope.values), name="accounts_token_scope_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="accounts_token_expires_later"),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="accounts_token_of")]

    def __str__(self) -> str:
        return f"key {self.public_id} of {self.user_id}"

    @property
    def is_good(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and self.expires_at > timezone.now()


class IdempotentAnswer(models.Model):
    """What a call with an `Idempotency-Key` was answered, for whoever sends it again.

    The row is made first, in the call's own transaction, and filled at its end: none is ever seen without its answer.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=IDEMPOTENCY_KEY_MAX_LENGTH)
    # Of what was asked: the same key must not stand for something else.
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="accounts_idempotent_once")]
        indexes = [models.Index(fields=["created_at"], name="accounts_idempotent_old")]

    def __str__(self) -> str:
        return f"answer {self.pk} to {self.user_id}"
