"""Who opens a WebSocket, in which language, and from which site."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from config.lib.errors import LoginRequiredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the other end of a socket; without `user` it is a guest."""

    user: User | None = None
    language: str = settings.LANGUAGE_CODE
    session_key: str = ""
    # What the client says it is, as it says it: the header X-Client-Platform.
    client_platform: str = ""

    def user_now(self) -> User | None:
        """Return the person as they are now; raises LoginRequiredError once their session or account is closed."""
        if self.user is None:
            return None
        user = _user_of(self.session_key)
        if user != self.user:
            raise LoginRequiredError
        return user


def session_digest(session_key: str) -> str:
    """Return what names a session to other processes, without letting anybody use it."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def same_origin(scope: Mapping[str, Any]) -> bool:
    """Say whether the page that opens the socket is our own (RFC 6455 section 10.2).

    A missing or `null` origin is not: every browser sends one, and the session cookie alone must not be enough. Nor is
    one with anything beside scheme, host and port (RFC 6454 section 6.2). Either scheme will do: behind a proxy that
    ends TLS the page is https and we see http.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin1")
    host = headers.get(b"host", b"").decode("latin1").lower()
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    return origin.lower() in {f"http://{host}", f"https://{host}"} or origin in settings.CSRF_TRUSTED_ORIGINS


def visitor_of(scope: Mapping[str, Any]) -> Visitor:
    """Return who the session cookie and the headers say it is; reads the session and the user."""
    headers = dict(scope["headers"])
    cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin1"))
    session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    user = _user_of(session_key)
    chosen = (user.language if user else "") or cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    language = _language(chosen, headers.get(b"accept-language", b"").decode("latin1"))
    return Visitor(user, language, session_key, headers.get(b"x-client-platform", b"").decode("latin1"))


def _user_of(session_key: str) -> User | None:
    if not session_key:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user: Any = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]
    return user if user.is_authenticated else None


def _language(chosen: str, accepted: str) -> str:
    for code in (chosen, *(code for code, _ in parse_accept_lang_header(accepted))):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)
