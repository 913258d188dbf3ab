"""The form in which somebody says how much they give, and what they say with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.money import BadPriceError, Money, read_price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creators.selectors.tips import TipLimits

OTHER = "other"
PRICE_MOST_CHARACTERS = 24


class TipForm(forms.Form):
    """One of the amounts that are suggested, or another; who may give it is the service's matter."""

    choice = forms.ChoiceField(label=gettext_lazy("How much"), widget=forms.RadioSelect)
    own = forms.CharField(
        label=gettext_lazy("Another amount"),
        required=False,
        max_length=PRICE_MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    message = forms.CharField(
        label=gettext_lazy("A few words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    anonymous = forms.BooleanField(
        label=gettext_lazy("Do not show my name"),
        help_text=gettext_lazy("Neither to the person nor to others. Those who run this site can see it."),
        required=False,
    )
    room = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    amount: Money

    def __init__(self, data: Mapping[str, Any] | None = None, *, limits: TipLimits, **options: Any) -> None:
        super().__init__(data, **options)
        self._limits = limits
        choices = [(str(money.minor), money.written()) for money in limits.suggested]
        choice = self.fields["choice"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [*choices, (OTHER, _("Another amount"))]
        choice.initial = choices[len(choices) // 2][0] if choices else OTHER
        about = {"least": limits.least.written(), "most": limits.most.written()}
        self.fields["own"].help_text = _("Between %(least)s and %(most)s.") % about
        message = self.fields["message"]
        assert isinstance(message, forms.CharField)
        message.max_length = settings.TIP_MESSAGE_LENGTH
        message.widget.attrs["maxlength"] = settings.TIP_MESSAGE_LENGTH

    def clean(self) -> dict[str, Any]:
        """Read the amount; a field that is filled in for another one counts whatever is ticked."""
        cleaned = super().clean() or {}
        typed, choice = cleaned.get("own", "").strip(), cleaned.get("choice", "")
        if typed or choice == OTHER:
            try:
                self.amount = read_price(typed, self._limits.currency)
            except BadPriceError as error:
                self.add_error("own", str(error))
        elif choice:
            self.amount = Money(int(choice), self._limits.currency)
        return cleaned

    def clean_message(self) -> str:
        """Count what is kept: browsers count a line's end as one character and send two."""
        message: str = self.cleaned_data["message"].replace("\r\n", "\n")
        return message
