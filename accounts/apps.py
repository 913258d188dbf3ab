"""Registers the accounts app, and what it does when allauth has changed an account."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Connect what listens to allauth's signals."""
        from accounts.services import security  # noqa: F401 (its receivers connect themselves)
