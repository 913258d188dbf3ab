"""The devices on which somebody wants to be told: subscriptions to a browser's push service (RFC 8030)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from config.lib.public_id import new_public_id

ENDPOINT_MAX_LENGTH = 1000
# 65 and 16 bytes in base64url without padding (RFC 8291 section 3).
P256DH_LENGTH = 87
AUTH_LENGTH = 22


class PushSubscription(models.Model):
    """One browser that has said yes. Whoever knows the endpoint and the keys can write to it: they are secrets."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=ENDPOINT_MAX_LENGTH)
    p256dh = models.CharField(max_length=P256DH_LENGTH)
    auth = models.CharField(max_length=AUTH_LENGTH)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint"], name="accounts_pushsubscription_once")]

    def __str__(self) -> str:
        return f"device {self.public_id} of {self.user_id}"
