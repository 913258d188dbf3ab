"""How allauth's sign-in through others meets us: which there are, our words, and the name that they know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import DISPLAY_NAME_MAX_LENGTH
from config.lib.errors import NotFoundError
from config.lib.plain_text import tidy_line

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest

    from accounts.models import User

# GitHub tells a whole life.
KEPT = ("name", "email", "login")


class SocialAdapter(DefaultSocialAccountAdapter):
    """allauth's adapter: providers come from the environment alone, and an unknown one is a wrong address."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _(
            "There is an account with this address already. Log in to it, then connect your %s account in the settings."
        ),
        "invalid_token": _("That did not work. Please try again."),
        "no_password": _("Set a password first, or add a passkey: nothing else would let you in."),
        "no_verified_email": _("Confirm an e-mail address first: nothing else would let you in."),
        "disconnect_last": _("Set a password first, or add a passkey: nothing else would let you in."),
        "connected_other": _("That account is connected to somebody else here."),
    }

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return what the settings have; allauth would ask the database for more on each page with buttons."""
        del request
        found = [
            SocialApp(provider=name, **app)
            for name, options in settings.SOCIALACCOUNT_PROVIDERS.items()
            for app in options.get("APPS", [])
        ]
        return [
            app
            for app in found
            if (provider is None or app.provider == provider) and (client_id is None or app.client_id == client_id)
        ]

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        apps = self.list_apps(request, provider, client_id)
        if not apps:
            raise NotFoundError
        return apps[0]

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Suggest the name by which the provider knows the person; of all that it told, keep what the list shows."""
        told = sociallogin.account.extra_data
        sociallogin.account.extra_data = {name: told[name] for name in KEPT if told.get(name)}
        person: User = super().populate_user(request, sociallogin, data)
        known = data.get("name") or " ".join(filter(None, (data.get("first_name"), data.get("last_name"))))
        person.display_name = tidy_line(str(known or ""))[:DISPLAY_NAME_MAX_LENGTH]
        return person
