"""Making, opening and closing programmes of the fund. Once one is open its terms stay as they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from config.lib.plain_text import tidy_line, tidy_lines
from creators.enums import ProgrammeState
from creators.fund_calendar import all_periods
from creators.fund_errors import ProgrammeStateError
from creators.fund_plan import check_plan
from creators.models import Period, Programme
from creators.selectors.fund_sources import source_for

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User
    from creators.fund_plan import Plan

log = structlog.get_logger(__name__)


def make_programme(plan: Plan, *, by: User | None) -> Programme:
    """Write a draft down, which only staff see. Raises BadProgrammeError."""
    programme = Programme(**_tidied(plan), created_by=by)
    programme.save()
    return programme


@transaction.atomic
def change_programme(key: int, plan: Plan) -> Programme:
    """Let a draft say something else. Raises BadProgrammeError, ProgrammeStateError."""
    fields = _tidied(plan)
    programme = locked_programme(key)
    if programme.state != ProgrammeState.DRAFT:
        raise ProgrammeStateError
    Programme.objects.filter(pk=key).update(**fields)
    programme.refresh_from_db()
    return programme


@transaction.atomic
def open_programme(key: int) -> Programme:
    """Let creators apply, by terms that stay from now on, and lay its periods down.

    Raises ProgrammeStateError, MinutesUnknownError.
    """
    programme = locked_programme(key)
    if programme.state != ProgrammeState.DRAFT:
        raise ProgrammeStateError
    source_for(programme)
    days = all_periods(programme.first_day, programme.cadence, programme.number_of_periods)
    Period.objects.bulk_create(
        Period(programme=programme, number=number, first_day=first, last_day=last)
        for number, (first, last) in enumerate(days, start=1)
    )
    _set_state(programme, ProgrammeState.OPEN, opened_at=timezone.now())
    log.info("fund_programme_opened", programme=programme.public_id)
    return programme


@transaction.atomic
def close_programme(key: int) -> Programme:
    """Let nobody apply any more; its periods go on. Raises ProgrammeStateError."""
    programme = locked_programme(key)
    if programme.state != ProgrammeState.OPEN:
        raise ProgrammeStateError
    _set_state(programme, ProgrammeState.CLOSED, closed_at=timezone.now())
    log.info("fund_programme_closed", programme=programme.public_id)
    return programme


def close_past_programmes(today: date) -> None:
    """Close those whose last period is over, by the clock; any number of these may run at once."""
    for programme in Programme.objects.filter(state=ProgrammeState.OPEN):
        if programme.last_day < today:
            try:
                close_programme(programme.pk)
            except ProgrammeStateError:
                continue


def locked_programme(key: int) -> Programme:
    """Return a programme whose row is locked: all that changes in its periods and applications happens under it."""
    return Programme.objects.select_for_update().get(pk=key)


def _set_state(programme: Programme, state: ProgrammeState, **times: object) -> None:
    Programme.objects.filter(pk=programme.pk).update(state=state, **times)
    programme.refresh_from_db()


def _tidied(plan: Plan) -> dict[str, object]:
    fields = asdict(plan) | {"name": tidy_line(plan.name), "about": tidy_lines(plan.about)}
    check_plan(type(plan)(**fields))
    return fields
