"""The words of a media session."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MediaKind(models.TextChoices):
    PUBLISH = "publish", _("publishing")
    LISTEN = "listen", _("listening")


class MediaState(models.TextChoices):
    """A session goes down this list and never up; it may skip `connected`."""

    OPENING = "opening", _("opening")
    CONNECTED = "connected", _("connected")
    GONE = "gone", _("gone")


class EndReason(models.TextChoices):
    """Why a session was ended from this side. What a relay says comes on top (media.relay.messages.GoneReason)."""

    CLOSED = "closed", _("closed")
    REPLACED = "replaced", _("replaced by a newer one")
    REVOKED = "revoked", _("no longer allowed")
    ROOM_CLOSED = "room_closed", _("the room was closed")
    REFUSED = "refused", _("refused by the relay")
    NO_ANSWER = "no_answer", _("no answer from the relay")
    RELAY_LOST = "relay_lost", _("the relay was lost")
    UNATTENDED = "unattended", _("nobody was there")
    NEVER_CONNECTED = "never_connected", _("never connected")


class RecordingState(models.TextChoices):
    """A recording goes down this list; from `mixing` and `failed` it may go back to `stopped`, to be tried again."""

    RECORDING = "recording", _("recording")
    STOPPED = "stopped", _("stopped")
    MIXING = "mixing", _("being prepared")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
