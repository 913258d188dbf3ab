"""The forms in which a host says what a ticket costs, whom they invite, and how much goes back."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.time_zones import is_time_zone
from config.lib.currencies import decimals
from config.lib.formats import fixed
from config.lib.money import BadPriceError, Money, read_price
from config.lib.wall_clock import is_skipped, moment_at, wall_at
from ticketing.selling_errors import RefundChangedError
from ticketing.services.offer_terms import OfferTerms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.lib.errors import DomainError
    from ticketing.models import Offer

PRICE_MOST_CHARACTERS = 24
WHOLE, PART = "whole", "part"


def typed_price(money: Money) -> str:
    """Return a price as one types it: `12.50`, in French `12,50`."""
    places = decimals(money.currency)
    return fixed(Decimal(money.minor).scaleb(-places), places, group=False)


def currency_choices(offer: Offer | None) -> list[tuple[str, str]]:
    """Return what may be chosen; what is chosen stays among it when the setting has changed."""
    offered = [*settings.TICKET_CURRENCIES]
    if offer is not None and offer.currency not in offered:
        offered.append(offer.currency)
    return [(currency, currency.upper()) for currency in offered]


def _day(label: Any, help_text: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=False, widget=widget)


def _hour(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


class OfferForm(forms.Form):
    """Price, seats, and from when until when; days and hours by the clocks of whoever fills them in.

    A sale without a beginning begins at once, one without an end goes on until the room begins.
    """

    price = forms.CharField(
        label=gettext_lazy("Price of a ticket"),
        help_text=gettext_lazy("What people pay, tax included."),
        max_length=PRICE_MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=[])
    seats = forms.IntegerField(
        label=gettext_lazy("How many seats"),
        help_text=gettext_lazy("Your guests take one each as well. You can offer more at any time."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1}),
    )
    begins_day = _day(gettext_lazy("The sale begins on"), gettext_lazy("Left empty, at once."))
    begins_hour = _hour(gettext_lazy("Hour it begins"))
    ends_day = _day(gettext_lazy("The sale ends on"), gettext_lazy("Left empty, when the room begins."))
    ends_hour = _hour(gettext_lazy("Hour it ends"))
    zone = forms.CharField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    terms: OfferTerms

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        offer: Offer | None = None,
        until_room: bool = True,
        price_stays: str = "",
    ) -> None:
        super().__init__(data, initial=_first(offer, until_room=until_room))
        currency: Any = self.fields["currency"]
        currency.choices = currency_choices(offer)
        if len(currency.choices) == 1:
            currency.widget = forms.HiddenInput()
            currency.initial = currency.choices[0][0]
            self.fields["price"].label = _("Price of a ticket, in %(currency)s") % {"currency": currency.choices[0][1]}
        if price_stays:
            self.fields["price"].help_text = price_stays
            self.fields["price"].widget.attrs["readonly"] = True
        if not until_room:
            self.fields["ends_day"].help_text = _("Left empty, as long as the room goes on, a day at most.")

    @property
    def shown_zone(self) -> str:
        """Return the zone by whose clocks the hours are meant, as people read it."""
        return self._zone().replace("_", " ")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not is_time_zone(self._zone()):
            self.add_error(None, _("This time zone is not known here. Reload the page."))
            return cleaned
        begins_at = self._moment("begins", time.min, again=False)
        # Of an hour that comes twice the sale has both.
        ends_at = self._moment("ends", time(23, 59), again=True)
        price = self._price()
        if price is not None and not self.errors:
            self.terms = OfferTerms(price, cleaned["seats"], begins_at, ends_at)
        return cleaned

    def take(self, error: DomainError) -> None:
        """Show what the service refused beside the field that it is about."""
        fields = {"sales_end_at": "ends_day"}
        errors: dict[str, Any] = dict(getattr(error, "errors", {}))
        for name, words in errors.items():
            self.add_error(fields.get(name, name), words)
        if not errors:
            self.add_error(None, str(error))

    def _zone(self) -> str:
        return str(self["zone"].value() or timezone.get_current_timezone_name())

    def _price(self) -> Money | None:
        typed, currency = self.cleaned_data.get("price"), self.cleaned_data.get("currency")
        if not typed or not currency:
            return None
        try:
            return read_price(typed, currency)
        except BadPriceError as error:
            self.add_error("price", str(error))
            return None

    def _moment(self, name: str, usual: time, *, again: bool) -> datetime | None:
        day, hour = self.cleaned_data.get(f"{name}_day"), self.cleaned_data.get(f"{name}_hour")
        if day is None:
            if hour is not None and f"{name}_day" not in self.errors:
                self.add_error(f"{name}_day", _("Choose a day."))
            return None
        wall = datetime.combine(day, hour or usual)
        try:
            if is_skipped(wall, self._zone()):
                self.add_error(
                    f"{name}_hour", _("That night the clocks go forward over this hour. Choose another one.")
                )
                return None
            return moment_at(wall, self._zone(), again=again)
        except OverflowError:
            self.add_error(f"{name}_day", _("Choose a time that is still to come."))
            return None


class GuestForm(forms.Form):
    """Whom a host invites, by handle."""

    handle = forms.CharField(
        label=gettext_lazy("Handle"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "placeholder": "@"}
        ),
    )

    def clean_handle(self) -> str:
        return str(self.cleaned_data["handle"]).strip().removeprefix("@")


class RefundForm(forms.Form):
    """How much of a payment goes back: all that is left, or a part."""

    how_much = forms.ChoiceField(
        choices=[(WHOLE, gettext_lazy("All of it")), (PART, gettext_lazy("A part"))],
        widget=forms.RadioSelect,
        initial=WHOLE,
    )
    part = forms.CharField(
        label=gettext_lazy("How much"),
        required=False,
        max_length=PRICE_MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    # What was left when the page was made; ask_refund looks again, under the order's lock.
    left = forms.IntegerField(widget=forms.HiddenInput)

    amount: Money

    def __init__(self, data: Mapping[str, Any] | None = None, *, left: Money) -> None:
        super().__init__(data, initial={"left": left.minor})
        self.whole = left

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("left") != self.whole.minor:
            self.add_error(None, str(RefundChangedError.message))
            return cleaned
        self.amount = self.whole
        if cleaned.get("how_much") == PART:
            self._read_part(cleaned.get("part", ""))
        return cleaned

    def _read_part(self, typed: str) -> None:
        try:
            self.amount = read_price(typed, self.whole.currency)
        except BadPriceError as error:
            self.add_error("part", str(error))
            return
        if not 0 < self.amount.minor <= self.whole.minor:
            words = _("Give back at most %(left)s.") if self.amount.minor else _("Write how much goes back.")
            self.add_error("part", words % {"left": self.whole.written()})


def _first(offer: Offer | None, *, until_room: bool) -> dict[str, Any]:
    """Return what the form shows first. An end that is the room's own beginning is none of the host's."""
    zone = timezone.get_current_timezone_name()
    if offer is None:
        return {"zone": zone}
    shown: dict[str, Any] = {
        "zone": zone,
        "price": typed_price(offer.price),
        "currency": offer.currency,
        "seats": offer.capacity,
        "revision": offer.revision,
    }
    moments = {"begins": offer.sales_begin_at}
    if not (until_room and offer.sales_end_at == offer.room.starts_at):
        moments["ends"] = offer.sales_end_at
    for name, moment in moments.items():
        wall = wall_at(moment, zone)
        shown |= {f"{name}_day": wall.date(), f"{name}_hour": wall.time().replace(second=0, microsecond=0)}
    return shown
