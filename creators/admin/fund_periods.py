"""Periods for staff: each step as a button, and before it is published what each would get, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from creators.admin.steps import Step, SteppedAdmin
from creators.enums import PeriodState
from creators.fund_reason_words import reason_lines
from creators.models import Period, PeriodStep
from creators.selectors.fund import latest_snapshot, open_appeals
from creators.services.fund_appeals import reckon_again
from creators.services.fund_periods import end_appeals, freeze, pay, publish, try_out
from ticketing.admin.read_only import ReadOnlyInline

if TYPE_CHECKING:
    from creators.admin.steps import Asked
    from creators.models import PeriodAllocation

# Beyond that the page shows the largest shares only; the file has all.
SHOWN_MOST = 500


class StepInline(ReadOnlyInline):
    """Who did what when."""

    model = PeriodStep
    fields = ("state", "note", "by", "at")
    readonly_fields = fields
    show_change_link = False


def _publish(period: Period, asked: Asked) -> None:
    publish(period.pk, digest=asked.seen, by=asked.by)


@admin.register(Period)
class PeriodAdmin(SteppedAdmin):
    """Whoever may change periods takes them forward; paying needs a permission of its own."""

    list_display = ("programme", "number", "first_day", "last_day", "state", "budget_shown", "appeal_until")
    list_display_links = ("programme", "number")
    list_filter = ("state", "programme")
    list_select_related = ("programme",)
    ordering = ("first_day", "pk")
    fields = ("public_id", "programme", "number", "first_day", "last_day", "state", "budget_shown", "appeal_until")
    inlines = (StepInline,)
    steps = {
        "freeze": Step(
            gettext_lazy("Freeze what came in"),
            frozenset({PeriodState.OPEN}),
            "change_period",
            lambda period, asked: freeze(period.pk, by=asked.by),
        ),
        "try": Step(
            gettext_lazy("Dry run: reckon what each would get"),
            frozenset({PeriodState.FROZEN}),
            "change_period",
            lambda period, asked: try_out(period.pk, by=asked.by),
        ),
        "publish": Step(
            gettext_lazy("Publish exactly this"),
            frozenset({PeriodState.TRIED}),
            "change_period",
            _publish,
        ),
        "again": Step(
            gettext_lazy("Reckon it again"),
            frozenset({PeriodState.TRIED, PeriodState.PUBLISHED}),
            "change_period",
            lambda period, asked: reckon_again(period.pk, why=asked.words, by=asked.by),
            gettext_lazy("What was wrong and is put right"),
        ),
        "final": Step(
            gettext_lazy("End the time to appeal"),
            frozenset({PeriodState.PUBLISHED}),
            "change_period",
            lambda period, asked: end_appeals(period.pk, by=asked.by),
        ),
        "pay": Step(
            gettext_lazy("Pay it: each share becomes an earning"),
            frozenset({PeriodState.FINAL}),
            "pay_period",
            lambda period, asked: pay(period.pk, by=asked.by),
        ),
    }

    @admin.display(description=gettext_lazy("budget"))
    def budget_shown(self, period: Period) -> str:
        return "" if period.budget is None else period.money(period.budget).written()

    def seen(self, row: Period) -> str:
        allocation = _allocation(row)
        return allocation.digest if allocation else ""

    def beside(self, row: Period) -> dict[str, Any]:
        allocation = _allocation(row)
        if allocation is None:
            return {"can_freeze_at": row.can_freeze_at if row.state == PeriodState.OPEN else None}
        shares = allocation.shares.select_related("person").order_by("-minor", "creator_key")
        whole = json.loads(allocation.text)
        return {
            "allocation": allocation,
            "given": row.money(allocation.given),
            "left": row.money((row.budget or 0) - allocation.given),
            "why_less": reason_lines(whole["reasons"], row.programme),
            "open_appeals": open_appeals(row),
            "shares": [
                {
                    "who": f"@{share.person.handle}" if share.person else share.creator_key,
                    "money": row.money(share.minor),
                    "reasons": reason_lines(share.reasons, row.programme),
                }
                for share in shares[:SHOWN_MOST]
            ],
            "more": max(0, shares.count() - SHOWN_MOST),
        }


def _allocation(period: Period) -> PeriodAllocation | None:
    """Return the one that counts, if the period has come so far."""
    if period.state in {PeriodState.OPEN, PeriodState.FROZEN}:
        return None
    return latest_snapshot(period).allocation
