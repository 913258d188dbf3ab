"""States and kinds that people's rows name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportState(models.TextChoices):
    """How far a copy of somebody's data is."""

    WAITING = "waiting", _("waiting")
    WRITING = "writing", _("being written")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
