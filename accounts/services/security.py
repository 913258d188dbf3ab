"""Notices about an account's safety: each time its password or its addresses change, whoever changed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import signals
from django.dispatch import receiver
from django.urls import reverse

from accounts.services.notifying import notify
from config.lib.public_id import new_public_id

if TYPE_CHECKING:
    from allauth.account.models import EmailAddress

    from accounts.models import User


def security_notice(person: User, *, event: str, address: str = "", link: str = "") -> None:
    """Tell somebody what happened to their account; at `address` if it is not their main one (any more)."""
    data = {"event": event, **({"address": address} if address else {})}
    # Each time is an event of its own.
    key = f"{event}.{new_public_id()}"
    notify([person.pk], kind="security", key=key, data=data, link=link or reverse("accounts:settings"))


@receiver([signals.password_changed, signals.password_set], dispatch_uid="accounts.password_changed")
def _password_changed(user: User, **_: Any) -> None:
    security_notice(user, event="password_changed")


@receiver(signals.password_reset, dispatch_uid="accounts.password_reset")
def _password_reset(user: User, **_: Any) -> None:
    security_notice(user, event="password_reset")


@receiver(signals.email_changed, dispatch_uid="accounts.email_changed")
def _email_changed(user: User, from_email_address: EmailAddress | None, **_: Any) -> None:
    # Whoever took the account over would read the new address.
    old = from_email_address.email if from_email_address else ""
    security_notice(user, event="email_changed", address=old, link=reverse("account_email"))


@receiver(signals.email_added, dispatch_uid="accounts.email_added")
def _email_added(user: User, **_: Any) -> None:
    security_notice(user, event="email_added", link=reverse("account_email"))


@receiver(signals.email_removed, dispatch_uid="accounts.email_removed")
def _email_removed(user: User, **_: Any) -> None:
    security_notice(user, event="email_removed", link=reverse("account_email"))
