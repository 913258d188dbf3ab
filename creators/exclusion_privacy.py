"""What staff decided of somebody's listening: handed out in the copy of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.exports import ExportPart
from creators.models import ListenerExclusion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User


def exclusion_parts(person: User) -> Iterator[ExportPart]:
    """Yield when somebody's listening does not count and why; an exporter of settings.DATA_EXPORTERS."""
    decided = ListenerExclusion.objects.filter(listener=person).order_by("pk")
    yield ExportPart(
        "listening_decisions.json",
        list(decided.values("reason", "begins_at", "ends_at", "decided_at", "lifted_at", "lifted_reason")),
    )
