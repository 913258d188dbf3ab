"""Sessions in the database, as Django's own; only what can be a session's key is ever looked up."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's store, for keys of letters and digits.

    A cookie may hold any character (`"\\000"` is a NUL), and PostgreSQL fails on some.
    """

    def _validate_session_key(self, key: Any) -> bool:
        # The stubs do not know this one.
        valid: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return valid and key.isascii() and key.isalnum()
