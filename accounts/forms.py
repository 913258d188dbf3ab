"""Forms about people."""

from __future__ import annotations

from django import forms


class SignupForm(forms.Form):
    """What we ask at sign-up beyond allauth's own fields."""

    def signup(self, request: object, user: object) -> None:
        """Take the extra fields over; allauth calls this."""
