"""Telling people of the fund, in the transaction of what they are told of, so once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.services.notifying import notify
from creators.enums import ApplicationState

if TYPE_CHECKING:
    from creators.models import Appeal, Application, Period, PeriodAllocation


def application_answered(application: Application) -> None:
    """Say whether somebody is in the programme, and why not."""
    if application.person_id is None:
        return
    what = "accepted" if application.state == ApplicationState.ACCEPTED else "refused"
    programme = application.programme
    notify(
        [application.person_id],
        kind="fund_application",
        key=f"{application.public_id}.{what}",
        data={"what": what, "programme": programme.name, "reason": application.reason},
        link=reverse("creators:programme", args=[programme.public_id]),
    )


def shares_published(allocation: PeriodAllocation, period: Period) -> None:
    """Let all see their shares who are in a period, also those who get nothing: they learn why."""
    _tell(allocation, period, "published", str(allocation.pk), paid_only=False)


def shares_changed(allocation: PeriodAllocation, period: Period) -> None:
    """Say that another allocation has taken the place of the one that was published."""
    _tell(allocation, period, "changed", str(allocation.pk), paid_only=False)


def shares_paid(allocation: PeriodAllocation, period: Period) -> None:
    """Tell those who get something that it is theirs now."""
    _tell(allocation, period, "paid", "", paid_only=True)


def appeal_answered(appeal: Appeal) -> None:
    """Say what staff answer."""
    if appeal.person_id is None:
        return
    notify(
        [appeal.person_id],
        kind="fund_appeal",
        key=appeal.public_id,
        data={"what": appeal.state, "programme": appeal.period.programme.name, "answer": appeal.answer},
        link=_page(appeal.period),
    )


def _tell(allocation: PeriodAllocation, period: Period, what: str, version: str, *, paid_only: bool) -> None:
    shares = allocation.shares.filter(person__isnull=False)
    if paid_only:
        shares = shares.filter(minor__gt=0)
    until = period.appeal_until if what != "paid" else None
    notify(
        list(shares.values_list("person", flat=True)),
        kind="fund_share",
        key=f"{period.public_id}.{what}.{version}",
        data={
            "what": what,
            "programme": period.programme.name,
            "number": period.number,
            "until": until.isoformat() if until else "",
        },
        link=_page(period),
    )


def _page(period: Period) -> str:
    return reverse("creators:fund-share", args=[period.programme.public_id, period.number])
