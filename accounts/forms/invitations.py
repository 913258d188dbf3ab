"""The form of the waiting list."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class WaitingForm(forms.Form):
    """An address is all that is asked; the language is that of the page."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Only for this: one letter to confirm it, one when it is your turn."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
