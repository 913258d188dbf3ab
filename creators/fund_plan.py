"""What staff lay down for a programme, before it is one: terms that are in order, and a preset to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from config.lib.currencies import decimals, step
from creators.enums import Cadence, FundFormula
from creators.errors import FundFileError
from creators.fund import snapshot as snapshots
from creators.fund.terms import SPARK, Formula, Terms
from creators.fund_errors import BadProgrammeError
from creators.models.fund import BUDGET_MAX, PERIODS_MAX

if TYPE_CHECKING:
    from datetime import date

    from creators.fund.terms import StipendPreset

PRESETS = {"spark": SPARK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The fields of a programme that staff choose; sums in minor units, None and 0 where nothing is asked."""

    name: str
    about: str
    currency: str
    budget: int
    total: int
    first_day: date
    cadence: str
    number_of_periods: int
    formula: str
    stipend: int | None = None
    creator_cap: int | None = None
    listener_cap: int | None = None
    min_listeners: int = 0
    min_followers: int = 0
    min_account_days: int = 0
    verified_email: bool = False
    rooms_per_week: int = 0
    min_age: int = 0
    most_periods: int | None = None


def spark_plan(*, name: str, first_day: date, currency: str, creators: int) -> Plan:
    """Return the plan of Twitter's Spaces Spark Program of 2021 for so many creators."""
    preset = SPARK
    stipend = stipend_in(preset, currency)
    return Plan(
        name=name,
        about="",
        currency=currency,
        budget=stipend * creators,
        total=stipend * creators * preset.months,
        first_day=first_day,
        cadence=Cadence.MONTH,
        number_of_periods=preset.months,
        formula=FundFormula.FLAT,
        stipend=stipend,
        min_followers=preset.followers,
        rooms_per_week=preset.rooms_per_week,
        min_age=preset.age,
        most_periods=preset.months,
    )


def stipend_in(preset: StipendPreset, currency: str) -> int:
    """Return the preset's stipend with as many whole units of another currency."""
    stipend: int = preset.stipend // 10 ** decimals(preset.currency) * 10 ** decimals(currency)
    return stipend


def check_plan(plan: Plan) -> None:
    """Refuse what no programme can be. Raises BadProgrammeError, which says what is wrong."""
    if not plan.name:
        raise BadProgrammeError(_("A programme has a name."))
    if plan.currency not in settings.TICKET_CURRENCIES:
        raise BadProgrammeError(_("This site does not pay in that currency."))
    if not 1 <= plan.budget <= BUDGET_MAX:
        raise BadProgrammeError(
            _("The budget of a period is above zero, and not more than can be paid to one creator.")
        )
    if plan.total < plan.budget:
        raise BadProgrammeError(_("The budget of all periods is not less than that of one."))
    if not 1 <= plan.number_of_periods <= PERIODS_MAX:
        raise BadProgrammeError(_("A programme has from 1 to %(most)d periods.") % {"most": PERIODS_MAX})
    if plan.most_periods is not None and plan.most_periods < 1:
        raise BadProgrammeError(_("Each creator may have at least one period."))
    _check_terms(plan)


def _check_terms(plan: Plan) -> None:
    """Let the arithmetic itself say whether it could go by them."""
    terms = Terms(
        formula=Formula(plan.formula),
        budget=plan.budget,
        unit=step(plan.currency),
        stipend=plan.stipend,
        creator_cap=plan.creator_cap,
        listener_cap=plan.listener_cap,
        min_listeners=plan.min_listeners,
    )
    try:
        snapshots.freeze(
            snapshots.Snapshot(
                programme="plan", period=1, currency=plan.currency, terms=terms, creators=(), receipts=()
            )
        )
    except FundFileError as error:
        raise BadProgrammeError(error.message) from error
