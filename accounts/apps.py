"""Registers the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from accounts.services.sessions import noted_at_login

        user_logged_in.connect(noted_at_login, dispatch_uid="accounts.noted_at_login")
