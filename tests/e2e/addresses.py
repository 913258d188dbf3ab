"""The addresses of pages, for the tests that look at all of them."""

from __future__ import annotations

GUEST_PAGES = (
    "/",
    "/@ines/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-none/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/none/",
    "/accounts/inactive/",
    "/join/nothing/",
    "/waiting/",
    "/nowhere/",
)
OWN_PAGES = (
    "/",
    "/@sam/",
    "/settings/",
    "/settings/notifications/",
    "/notifications/",
    "/rooms/new/",
    "/rooms/new/?when=later",
    "/rooms/planned/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
    "/settings/page/",
    "/settings/data/",
    "/settings/invitations/",
    "/settings/blocked/",
    "/settings/muted/",
    "/@ines/",
    "/@ines/followers/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
)
# They want the password once more unless it was typed a moment ago.
FRESH_PAGES = (
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/3rdparty/",
    "/settings/close/",
)
