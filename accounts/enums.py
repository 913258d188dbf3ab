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


class ListeningShown(models.TextChoices):
    """Who sees on somebody's page which room they listen to."""

    NOBODY = "nobody", _("Nobody")
    FOLLOWED = "followed", _("People I follow")
    EVERYBODY = "everybody", _("Everybody")


class ConsentKind(models.TextChoices):
    """What people agree to; being recorded is kept with the recording (media)."""

    TERMS = "terms", _("Terms of this site")


class TokenScope(models.TextChoices):
    """What a key of the API may do for its person; who may change may also read."""

    READ = "rooms:read", _("Read rooms")
    WRITE = "rooms:write", _("Read and change rooms")


class Feature(models.TextChoices):
    """What staff may close for somebody, one by one."""

    HOST = "host", _("hosting rooms")
    SPEAK = "speak", _("speaking in rooms")
    CHAT = "chat", _("writing in rooms")
    REPORT = "report", _("reporting")
