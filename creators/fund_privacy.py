"""What the fund keeps of somebody: handed out in the copy of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.exports import ExportPart
from creators.models import Appeal, Application, PeriodShare
from creators.selectors.fund import PUBLIC_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User


def fund_parts(person: User) -> Iterator[ExportPart]:
    """Yield somebody's applications, published shares and appeals; an exporter of settings.DATA_EXPORTERS."""
    applications = Application.objects.filter(person=person).order_by("pk")
    shares = PeriodShare.objects.filter(person=person, allocation__snapshot__period__state__in=PUBLIC_STATES)
    appeals = Appeal.objects.filter(person=person).order_by("pk")
    yield ExportPart(
        "fund.json",
        {
            "applications": list(
                applications.values(
                    "public_id",
                    "programme__public_id",
                    "programme__name",
                    "words",
                    "is_of_age",
                    "state",
                    "reason",
                    "sent_at",
                    "reviewed_at",
                    "withdrawn_at",
                )
            ),
            "shares": list(
                shares.order_by("pk").values(
                    "allocation__snapshot__period__public_id",
                    "allocation__snapshot__version",
                    "minor",
                    "allocation__snapshot__period__programme__currency",
                    "reasons",
                )
            ),
            "appeals": list(
                appeals.values("public_id", "period__public_id", "words", "state", "answer", "sent_at", "answered_at")
            ),
        },
    )
