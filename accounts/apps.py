"""Registers the accounts app and what it does at signals; gives a new installation its policies."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from accounts.services import security  # noqa: F401 (its receivers connect themselves)
        from accounts.services.sessions import noted_at_login

        user_logged_in.connect(noted_at_login, dispatch_uid="accounts.noted_at_login")
        post_migrate.connect(_lay_down_policies, sender=self)


def _lay_down_policies(**known: Any) -> None:
    """Make what is missing, unless the database was taken back to before there were policies."""
    if "policy" not in known.get("apps", apps).all_models["accounts"] or known["using"] != "default":
        return
    from accounts.services.policies import lay_down_policies

    lay_down_policies()
