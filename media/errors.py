"""What can go wrong when somebody asks for sound."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError


class RelayUnavailableError(DomainError):
    code = "relay_unavailable"
    http_status = 503
    message = _("There is no sound just now. It will be tried again in a moment.")


class BadOfferError(DomainError):
    code = "bad_sdp"
    http_status = 422
    message = _("Your browser offered a kind of sound that cannot be used here. Update it, or try another browser.")


class TooManySessionsError(DomainError):
    code = "too_many_sessions"
    http_status = 429
    message = _("You are in too many rooms at once. Leave one and try again.")
