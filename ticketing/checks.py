"""Whether payments are set up so that nobody is let in for nothing and nothing is lost: Django's system checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.apps import AppConfig
    from django.core.checks import CheckMessage

_KEY = re.compile(r"(sk|rk)_(test|live)_\w+")
_COUNTRY = re.compile(r"[A-Z]{2}")


def check_payments(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with the settings of payments."""
    del app_configs, kwargs
    return [*_stand_in(), *_keys(), *_handlers(), *_home()]


def _stand_in() -> Iterator[CheckMessage]:
    if settings.DEVSTRIPE and settings.PRODUCTION:
        yield Error("devstripe would let people in for test cards.", "Unset DEVSTRIPE.", id="ticketing.E001")
    if settings.DEVSTRIPE and settings.STRIPE_SECRET_KEY:
        hint = "Unset DEVSTRIPE to use Stripe, or STRIPE_SECRET_KEY to use devstripe."
        yield Error("devstripe is switched on beside a key of Stripe.", hint, id="ticketing.E002")


def _keys() -> Iterator[CheckMessage]:
    key = settings.STRIPE_SECRET_KEY
    if key and not _KEY.fullmatch(key):
        hint = "It begins with sk_test_, sk_live_, rk_test_ or rk_live_."
        yield Error("STRIPE_SECRET_KEY is no secret or restricted key of Stripe.", hint, id="ticketing.E003")
    if key and not settings.STRIPE_WEBHOOK_SECRET.startswith("whsec_"):
        hint = "Stripe shows it at the webhook endpoint, and `stripe listen` when it starts; see docs/operations.md."
        yield Error("STRIPE_WEBHOOK_SECRET is missing: nobody could pay.", hint, id="ticketing.E004")
    thin = settings.STRIPE_WEBHOOK_SECRET_V2
    if key and thin and not thin.startswith("whsec_"):
        hint = "Stripe shows it at the destination of thin events; see docs/operations.md."
        yield Error("STRIPE_WEBHOOK_SECRET_V2 is no secret of Stripe.", hint, id="ticketing.E007")


def _handlers() -> Iterator[CheckMessage]:
    for kind, path in settings.STRIPE_EVENT_HANDLERS.items():
        try:
            import_string(path)
        except ImportError:
            yield Error(f"STRIPE_EVENT_HANDLERS names {path} for {kind}, which is not there.", id="ticketing.E005")


def _home() -> Iterator[CheckMessage]:
    if not _COUNTRY.fullmatch(settings.TICKET_HOME_COUNTRY):
        hint = "France is FR, Greece GR (ISO 3166)."
        yield Error("TICKET_HOME_COUNTRY is no country.", hint, id="ticketing.E006")
