"""Who calls the API: a browser by its session, or a program by a key in `Authorization: Bearer` (RFC 6750)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions

from accounts.enums import TokenScope
from accounts.errors import BadTokenError, ScopeError
from accounts.services.tokens import token_shown
from config.lib.errors import CsrfError, TooManyRequestsError
from config.lib.quotas import count, is_free

if TYPE_CHECKING:
    from rest_framework.request import Request

    from accounts.models import ApiToken, User

MINUTE = 60


class SessionAuthentication(authentication.SessionAuthentication):
    """REST framework's, which says in our words that the CSRF token is missing."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise CsrfError from error


class TokenAuthentication(authentication.BaseAuthentication):
    """By a key. Nothing but a view that names a scope (`token_scope`) takes one."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        address = _address(request)
        # Counted before it is looked up: who guesses learns nothing more, not even by the time that it takes.
        most = settings.API_TOKEN_FAILURES_PER_MINUTE
        if not is_free("token", address, most=most, seconds=MINUTE):
            raise TooManyRequestsError
        token = token_shown(text.strip())
        if token is None:
            count("token", address, seconds=MINUTE)
            raise BadTokenError
        _check_scope(request, token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        del request
        return 'Bearer realm="Causerie"'


def _check_scope(request: Request, token: ApiToken) -> None:
    """Stop a key at what it was not made for. Raises ScopeError."""
    scope = getattr(request.parser_context["view"], "token_scope", None)
    reading = request.method in permissions.SAFE_METHODS
    if scope is None or not (reading or token.scope == TokenScope.WRITE):
        raise ScopeError


def _address(request: Request) -> str:
    """Return the visitor's address as throttles count it."""
    from config.lib.throttles import GuestThrottle

    return str(GuestThrottle().get_ident(request))


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself by being made
    """What the API's description says of keys."""

    target_class = TokenAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "A key that one makes under Settings, Keys."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # as above
    """What it says of browsers."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        del auto_schema
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A browser that is logged in; whatever changes something needs X-CSRFToken too.",
        }
