"""The form on devstripe's Checkout page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.formats import page_locale
from ticketing.devstripe.cards import Card, card_numbered

if TYPE_CHECKING:
    from collections.abc import Iterable

# What the CLDR lists beside countries: unions, the unknown, and its own for tests.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def countries() -> list[tuple[str, str]]:
    """Return every country with its name in the page's language, in the order of the names."""
    names: Iterable[tuple[str, str]] = page_locale().territories.items()
    found = [(code, name) for code, name in names if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    return sorted(found, key=lambda country: country[1])


class CardForm(forms.Form):
    """A test card and where its owner lives."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    number = forms.CharField(
        label=gettext_lazy("Card number"),
        max_length=30,
        help_text=gettext_lazy("One of the test cards below. Never a real one."),
        # Browsers would offer the cards that they keep, which have no business here.
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "4242 4242 4242 4242"}
        ),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country where you live"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("Choose a country")), *countries()]

    def clean_number(self) -> Card:
        card = card_numbered(self.cleaned_data["number"])
        if card is None:
            raise forms.ValidationError(_("This is none of the test cards. Take one from the list below."))
        return card
