"""The form that makes a key of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.enums import TokenScope
from accounts.models import TOKEN_NAME_MAX_LENGTH
from config.lib.plain_text import LineField

if TYPE_CHECKING:
    from config.lib.errors import DomainError

DAYS = (7, 30, 90, 365)


def days_offered() -> list[tuple[int, str]]:
    """Return for how long a key may be good, as far as this site allows."""
    most = settings.API_TOKEN_DAYS_MOST
    offered = sorted({min(days, most) for days in DAYS})
    return [(days, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}) for days in offered]


class TokenForm(forms.Form):
    """What a key is for, what it may do and for how long."""

    name = LineField(
        label=_("Name"),
        help_text=_("What it is for, so that you know it again."),
        max_length=TOKEN_NAME_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("It may"), choices=TokenScope.choices, initial=TokenScope.READ)
    days = forms.TypedChoiceField(label=_("Good for"), choices=days_offered, coerce=int, initial=DAYS[1])

    def take(self, error: DomainError) -> None:
        """Show what the service refused beside the field that it is about."""
        errors: dict[str, Any] = dict(getattr(error, "errors", {}))
        for name, words in errors.items():
            self.add_error(name if name in self.fields else None, words)
        if not errors:
            self.add_error(None, str(error))
