"""Who else may say who somebody is: each provider whose keys stand in the environment. Read by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Provider(NamedTuple):
    """What a provider is called in the environment, what it needs, and where a browser is sent to."""

    # The variable's end, and what allauth calls it.
    needs: dict[str, str]
    origin: str
    options: dict[str, Any]


_SECRET = {"CLIENT_ID": "client_id", "CLIENT_SECRET": "secret"}
_PROVIDERS = {
    "google": _Provider(
        _SECRET,
        "https://accounts.google.com",
        {"SCOPE": ["profile", "email"], "AUTH_PARAMS": {"access_type": "online"}, "OAUTH_PKCE_ENABLED": True},
    ),
    # Apple calls them Services ID, Key ID and Team ID; the private key is the .p8 file, its lines parted by \n.
    "apple": _Provider(
        {"CLIENT_ID": "client_id", "KEY_ID": "secret", "TEAM_ID": "key", "PRIVATE_KEY": "certificate_key"},
        "https://appleid.apple.com",
        {},
    ),
    "github": _Provider(_SECRET, "https://github.com", {"SCOPE": ["read:user", "user:email"]}),
}


class SocialSettings(NamedTuple):
    """allauth's SOCIALACCOUNT_PROVIDERS, and the origins that a form may lead to."""

    providers: dict[str, dict[str, Any]]
    origins: list[str]


def social_settings(environment: Mapping[str, str]) -> SocialSettings:
    """Return what the variables `SOCIAL_<PROVIDER>_…` configure; nothing without them.

    Raises ImproperlyConfigured, naming what is missing, if only some of a provider's variables are set.
    """
    providers, origins = {}, []
    for name, provider in _PROVIDERS.items():
        names = {field: f"SOCIAL_{name.upper()}_{end}" for end, field in provider.needs.items()}
        given = {field: environment.get(variable, "") for field, variable in names.items()}
        if not any(given.values()):
            continue
        missing = [names[field] for field, value in given.items() if not value]
        if missing:
            msg = f"Set {', '.join(missing)} too, or none of SOCIAL_{name.upper()}_…"
            raise ImproperlyConfigured(msg)
        providers[name] = {**provider.options, "APPS": [_app(given)]}
        origins.append(provider.origin)
    return SocialSettings(providers, origins)


def _app(given: dict[str, str]) -> dict[str, Any]:
    app: dict[str, Any] = {field: value for field, value in given.items() if field != "certificate_key"}
    if "certificate_key" in given:
        app["settings"] = {"certificate_key": given["certificate_key"].replace("\\n", "\n")}
    return app
