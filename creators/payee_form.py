"""The form in which somebody says where they live, to be paid there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creators.payee_places import countries


class PayeeForm(forms.Form):
    """The country. Everything else Stripe asks."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country where you live"),
        help_text=gettext_lazy("You are paid in its currency. It stays as long as your account at Stripe does."),
        error_messages={
            "invalid_choice": gettext_lazy(
                "People there cannot be paid from here. Choose the country in which you live among those listed."
            )
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("Choose a country")), *countries()]
