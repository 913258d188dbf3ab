"""Notices about an account's safety, whoever changed its password or addresses; and the end of sessions' sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import signals
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.services.devices import DEVICE_COOKIE, forget_device_by_id
from accounts.services.notifying import GROUP, notify
from config.lib.handshake import session_digest
from config.lib.public_id import new_public_id
from config.lib.publish import publish

if TYPE_CHECKING:
    from allauth.account.models import EmailAddress
    from django.http import HttpRequest

    from accounts.models import User


def security_notice(person: User, *, event: str, address: str = "", link: str = "") -> None:
    """Tell somebody what happened to their account; at `address` if it is not their main one (any more)."""
    data = {"event": event, **({"address": address} if address else {})}
    # Each time is an event of its own.
    key = f"{event}.{new_public_id()}"
    notify([person.pk], kind="security", key=key, data=data, link=link or reverse("accounts:settings"))


def end_sockets_of(session_key: str) -> None:
    """Close a session's sockets in all processes, before or after the session itself has ended."""
    digest = session_digest(session_key)

    def tell() -> None:
        publish(GROUP, {"type": "people.session_ended", "session": digest})
        _tell_ended(digest, None)

    transaction.on_commit(tell)


def _tell_ended(digest: str, person: User | None) -> None:
    for path in settings.SESSION_ENDED_HANDLERS:
        import_string(path)(digest, person)


def _look_again(user: User) -> None:
    """A new password ends all sessions but this one; their sockets end as well."""

    def tell() -> None:
        publish(GROUP, {"type": "people.changed", "users": [user.pk]})
        _tell_ended("", user)

    transaction.on_commit(tell)


@receiver(user_logged_out, dispatch_uid="accounts.logged_out")
def _logged_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if request.session.session_key:
        end_sockets_of(request.session.session_key)
    # The next person at this browser must not read what the last one is told.
    if user is not None and (device := request.COOKIES.get(DEVICE_COOKIE, "")):
        forget_device_by_id(user, public_id=device)


@receiver([signals.password_changed, signals.password_set], dispatch_uid="accounts.password_changed")
def _password_changed(user: User, **_: Any) -> None:
    security_notice(user, event="password_changed")
    _look_again(user)


@receiver(signals.password_reset, dispatch_uid="accounts.password_reset")
def _password_reset(user: User, **_: Any) -> None:
    security_notice(user, event="password_reset")
    _look_again(user)


@receiver(signals.email_changed, dispatch_uid="accounts.email_changed")
def _email_changed(user: User, from_email_address: EmailAddress | None, **_: Any) -> None:
    # Whoever took the account over would read the new address.
    old = from_email_address.email if from_email_address else ""
    security_notice(user, event="email_changed", address=old, link=reverse("account_email"))


@receiver(signals.email_added, dispatch_uid="accounts.email_added")
def _email_added(user: User, **_: Any) -> None:
    security_notice(user, event="email_added", link=reverse("account_email"))


@receiver(authenticator_added, dispatch_uid="accounts.authenticator_added")
def _authenticator_added(user: User, **_: Any) -> None:
    security_notice(user, event="second_factor_added")


@receiver(authenticator_removed, dispatch_uid="accounts.authenticator_removed")
def _authenticator_removed(user: User, **_: Any) -> None:
    security_notice(user, event="second_factor_removed")


@receiver(signals.email_removed, dispatch_uid="accounts.email_removed")
def _email_removed(user: User, **_: Any) -> None:
    security_notice(user, event="email_removed", link=reverse("account_email"))
