"""What staff type for a fee: percentages and sums as people write them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.errors import DomainError
from config.lib.money import BASIS_POINTS, BadPriceError, Money, read_price
from creators.fee_presets import FEE_PRESETS
from creators.fees import ALL, FeeSchedule, Tier
from creators.models.fees import NAME_MAX_LENGTH, NOTE_MAX_LENGTH
from creators.services.fees import check_tiers
from ticketing.offer_form import typed_price

if TYPE_CHECKING:
    from collections.abc import Mapping

# So many borders between rates.
BORDERS: Final = 3
_TYPED_MOST: Final = 30
_RATE: Final = re.compile(r"(?P<whole>[0-9]{1,3})(?:[.,](?P<part>[0-9]{1,2}))?\s*%?")


def _typed(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=_TYPED_MOST, widget=widget)


class FeeForm(forms.Form):
    """A schedule. Valid, it has it as `schedule`, and `seal` for exactly what was typed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_MAX_LENGTH)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        required=False,
        choices=[],
        help_text=gettext_lazy("For all currencies there is one rate, because a border between rates is a sum."),
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("Holds from"),
        required=False,
        help_text=gettext_lazy("Left empty, from now on. What is sold before keeps its fee."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    rate_0 = _typed(
        gettext_lazy("Rate in percent"),
        gettext_lazy("Of what a creator sells, without tax and before costs of payments."),
        required=True,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=NOTE_MAX_LENGTH,
        help_text=gettext_lazy("Seen by staff only."),
    )

    schedule: FeeSchedule

    def __init__(self, data: Mapping[str, Any] | None = None, *, preset: str = "", currency: str = "") -> None:
        super().__init__(data, initial=_first(preset, currency))
        choices: Any = self.fields["currency"]
        choices.choices = [
            *((code, code.upper()) for code in settings.TICKET_CURRENCIES),
            (ALL, _("All currencies")),
        ]
        for number in range(1, BORDERS + 1):
            self.fields[f"border_{number}"] = _typed(_("Earned in all, above"))
            self.fields[f"rate_{number}"] = _typed(_("Rate in percent of what lies above"))
        self.order_fields(["name", "currency", "valid_from", "rate_0"])

    @property
    def seal(self) -> str:
        """Return what only somebody has who was shown the effect of exactly this."""
        typed = {name: self[name].data or "" for name in self.fields}
        return salted_hmac("creators.fee_form", json.dumps(typed, sort_keys=True)).hexdigest()

    def is_sealed(self, seal: str) -> bool:
        return constant_time_compare(self.seal, seal)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begins = cleaned.get("valid_from")
        if begins is not None and begins < timezone.now():
            self.add_error("valid_from", _("Choose a time that is still to come."))
        if "currency" in cleaned:
            tiers = self._tiers(cleaned["currency"])
            if not self.errors:
                self._take(tiers, cleaned["currency"])
        return cleaned

    def _take(self, tiers: list[Tier], currency: str) -> None:
        try:
            check_tiers(tiers, currency)
        except DomainError as error:
            self.add_error(None, str(error))
            return
        self.schedule = FeeSchedule(tuple(tiers), self.cleaned_data["valid_from"] or timezone.now(), currency)

    def _tiers(self, currency: str) -> list[Tier]:
        """Return what could be read; of the rest a field has its error."""
        tiers = []
        for number in range(BORDERS + 1):
            rate, border = self.cleaned_data.get(f"rate_{number}", ""), self.cleaned_data.get(f"border_{number}", "")
            if number and bool(rate) != bool(border):
                self.add_error(f"border_{number}" if rate else f"rate_{number}", _("Fill in both, or neither."))
            elif rate:
                tiers.append(Tier(self._border(number, border, currency), self._rate(number, rate)))
        return tiers

    def _rate(self, number: int, typed: str) -> int:
        found = _RATE.fullmatch(typed.strip())
        rate = int(found["whole"]) * 100 + int((found["part"] or "").ljust(2, "0")) if found else BASIS_POINTS + 1
        if rate > BASIS_POINTS:
            self.add_error(f"rate_{number}", _("Write a percentage between 0 and 100, for example 2.5."))
            return 0
        return rate

    def _border(self, number: int, typed: str, currency: str) -> int:
        if number == 0:
            return 0
        try:
            # Without a currency there are no borders, which is said of the whole.
            return read_price(typed, currency or "eur").minor
        except BadPriceError as error:
            self.add_error(f"border_{number}", str(error))
            return 0


def _first(preset: str, currency: str) -> dict[str, str]:
    """Return what stands in the form that staff begin with."""
    found = FEE_PRESETS.get(preset)
    if found is None or currency not in settings.TICKET_CURRENCIES:
        return {"currency": settings.TICKET_CURRENCIES[0]}
    first = {"name": found.title, "currency": currency}
    for number, tier in enumerate(found.tiers(currency)):
        first[f"rate_{number}"] = f"{tier.basis_points // 100}"
        if number:
            first[f"border_{number}"] = typed_price(Money(tier.from_minor, currency))
    return first
