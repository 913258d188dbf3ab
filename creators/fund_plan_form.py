"""The form in which staff lay down a programme."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.errors import DomainError
from config.lib.money import BadPriceError, Money, read_price
from config.lib.plain_text import LineField, LinesField
from creators.enums import Cadence, FundFormula
from creators.fund_plan import PRESETS, Plan, check_plan, spark_plan
from creators.models.fund import ABOUT_MAX_LENGTH, BUDGET_MAX, NAME_MAX_LENGTH, PERIODS_MAX
from ticketing.offer_form import typed_price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creators.models import Programme

_TYPED_MOST = 30
_SUMS = ("budget", "total", "stipend", "creator_cap")
_COUNTS = ("min_listeners", "min_followers", "min_account_days", "rooms_per_week", "min_age")
# How many creators the preset's budget is for, until staff say otherwise.
_PRESET_CREATORS = 10


def _sum(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=_TYPED_MOST, widget=widget)


def _count(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=0, max_value=most)


class PlanForm(forms.Form):
    """A programme's terms. Valid, it has them as `plan`."""

    name = LineField(label=gettext_lazy("Name"), max_length=NAME_MAX_LENGTH)
    about = LinesField(
        label=gettext_lazy("What it is for"), required=False, max_length=ABOUT_MAX_LENGTH, widget=forms.Textarea
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    budget = _sum(gettext_lazy("Budget of a period"), required=True)
    total = _sum(
        gettext_lazy("Budget of all periods, at most"),
        gettext_lazy("Left empty, that of a period times their number."),
    )
    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    cadence = forms.ChoiceField(label=gettext_lazy("Cadence"), choices=Cadence)
    number_of_periods = forms.IntegerField(label=gettext_lazy("Number of periods"), min_value=1, max_value=PERIODS_MAX)
    formula = forms.ChoiceField(label=gettext_lazy("Formula"), choices=FundFormula)
    stipend = _sum(
        gettext_lazy("Stipend"),
        gettext_lazy("For the formula that gives the same to each: what each gets in a period."),
    )
    creator_cap = _sum(gettext_lazy("Most that a creator gets in a period"))
    listener_cap = _sum(
        gettext_lazy("Most that counts of one listener in a period"),
        gettext_lazy("By minutes listened to: minutes. By listeners’ equal parts and by support: money."),
    )
    min_listeners = _count(
        gettext_lazy("Different listeners at least"),
        500_000,
        gettext_lazy("Where creators have a most, set this as well: what caps leave is shared out among the others."),
    )
    min_followers = _count(gettext_lazy("Followers at least"), 100_000_000)
    min_account_days = _count(gettext_lazy("Days with an account, at least"), 36_500)
    verified_email = forms.BooleanField(label=gettext_lazy("Confirmed e-mail address"), required=False)
    rooms_per_week = _count(gettext_lazy("Rooms a week at least, on average of the period"), 100)
    min_age = _count(
        gettext_lazy("Age at least"), 99, gettext_lazy("Creators say that they are; Stripe checks it when it pays.")
    )
    most_periods = _count(gettext_lazy("Periods for each creator at most"), PERIODS_MAX)

    plan: Plan

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, preset: str = "", programme: Programme | None = None
    ) -> None:
        super().__init__(data, initial=_typed(programme) if programme else _first(preset))
        choices: Any = self.fields["currency"]
        choices.choices = [(code, code.upper()) for code in settings.TICKET_CURRENCIES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "currency" not in cleaned:
            return cleaned
        sums = {name: self._sum(name, cleaned["currency"]) for name in _SUMS}
        listener_cap = self._listener_cap(cleaned)
        if not self.errors:
            self._take(cleaned, sums, listener_cap)
        return cleaned

    def _take(self, cleaned: dict[str, Any], sums: dict[str, int | None], listener_cap: int | None) -> None:
        budget = sums["budget"] or 0
        counts: dict[str, Any] = {name: cleaned[name] or 0 for name in _COUNTS}
        self.plan = Plan(
            **{name: cleaned[name] for name in ("name", "about", "currency", "first_day", "cadence", "formula")},
            **counts,
            budget=budget,
            total=sums["total"] or budget * cleaned["number_of_periods"],
            number_of_periods=cleaned["number_of_periods"],
            stipend=sums["stipend"],
            creator_cap=sums["creator_cap"],
            listener_cap=listener_cap,
            verified_email=cleaned["verified_email"],
            most_periods=cleaned["most_periods"] or None,
        )
        try:
            check_plan(self.plan)
        except DomainError as error:
            self.add_error(None, str(error))

    def _listener_cap(self, cleaned: dict[str, Any]) -> int | None:
        if cleaned.get("formula") != FundFormula.PRO_RATA:
            return self._sum("listener_cap", cleaned["currency"])
        typed = cleaned.get("listener_cap", "").strip()
        if typed and not (typed.isascii() and typed.isdigit()):
            self.add_error("listener_cap", _("Write whole minutes, for example 600."))
            return None
        return int(typed) * 60 if typed else None

    def _sum(self, name: str, currency: str) -> int | None:
        typed = self.cleaned_data.get(name, "")
        if not typed:
            return None
        try:
            minor = read_price(typed, currency).minor
        except BadPriceError as error:
            self.add_error(name, str(error))
            return None
        if minor > BUDGET_MAX and name != "total":
            self.add_error(name, _("That is more than can be paid to one creator at once."))
        return minor


def _first(preset: str) -> dict[str, Any]:
    """Return what stands in the form that staff begin with."""
    tomorrow = timezone.now().date() + timedelta(days=1)
    currency = settings.TICKET_CURRENCIES[0]
    if preset not in PRESETS:
        return {"currency": currency, "cadence": Cadence.MONTH, "first_day": tomorrow}
    plan = spark_plan(name=_("Spark"), first_day=tomorrow, currency=currency, creators=_PRESET_CREATORS)
    return _as_typed({name: getattr(plan, name) for name in Plan.__dataclass_fields__}, currency)


def _typed(programme: Programme) -> dict[str, Any]:
    fields = {name: getattr(programme, name) for name in Plan.__dataclass_fields__}
    return _as_typed(fields, programme.currency)


def _as_typed(fields: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return sums as one types them, and seconds as minutes."""
    typed = {name: typed_price(Money(fields[name], currency)) for name in _SUMS if fields[name] is not None}
    cap = fields["listener_cap"]
    if cap is not None:
        is_time = fields["formula"] == FundFormula.PRO_RATA
        typed["listener_cap"] = str(cap // 60) if is_time else typed_price(Money(cap, currency))
    return {name: value for name, value in fields.items() if name not in {*_SUMS, "listener_cap"}} | typed
