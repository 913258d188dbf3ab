"""What goes into a period's snapshot, read from rows: who takes part, who is refused and why, who was given what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creators.enums import ApplicationState
from creators.fund import snapshot as snapshots
from creators.fund.formulas import Receipt
from creators.fund.pseudonyms import pseudonym
from creators.fund.reasons import Reason
from creators.fund.snapshot import Creator, Snapshot
from creators.models import Application, PeriodSnapshot
from creators.selectors.fund_eligibility import accepted_in, refusals
from creators.selectors.fund_sources import source_for, summed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from creators.models import Period
    from creators.selectors.fund_sources import Source


def snapshot_of(period: Period, *, source: Source | None = None) -> Snapshot:
    """Return the snapshot of a period that has budget and key. Raises MinutesUnknownError."""
    programme = period.programme
    creators = _creators(period)
    source = source or source_for(programme)
    given = summed(source(period.begins_at, period.ends_at, [creator.id for creator in creators]))
    listed = {creator.id for creator in creators}
    return Snapshot(
        programme=programme.public_id,
        period=period.number,
        currency=programme.currency,
        terms=programme.terms(period.budget or 0),
        creators=creators,
        receipts=tuple(
            Receipt(creator, _named(period, giver), amount)
            for (creator, giver), amount in given.items()
            if creator in listed and giver != creator and amount > 0
        ),
    )


def _creators(period: Period) -> tuple[Creator, ...]:
    """Return who takes part. Whoever stood in the period's first snapshot stands in each later one.

    Time has passed since: who was eligible then is so still, whatever has become of their followers, unless staff have
    taken their yes back.
    """
    applications = {application.person_key: application for application in accepted_in(period)}
    before = _before(period)
    fresh: Iterable[User] = [
        application.person
        for key, application in applications.items()
        if application.person is not None and (key not in before or before[key].refused)
    ]
    why_not = refusals(period, fresh)
    found = {key: Creator(key, why_not.get(key, ())) for key in applications} | {
        key: creator for key, creator in before.items() if not (creator.refused and key in applications)
    }
    removed = _removed(period)
    return tuple(
        Creator(key, (Reason.of("removed"),)) if key in removed else creator for key, creator in sorted(found.items())
    )


def _before(period: Period) -> dict[str, Creator]:
    frozen = PeriodSnapshot.objects.filter(period=period).order_by("-version").first()
    if frozen is None:
        return {}
    return {creator.id: creator for creator in snapshots.read(frozen.text.encode("ascii")).creators}


def _removed(period: Period) -> set[str]:
    """Return who was in the programme once, and has staff's no now."""
    refused = Application.objects.filter(programme=period.programme_id, state=ApplicationState.REFUSED)
    return set(refused.values_list("person_key", flat=True))


def _named(period: Period, giver: str) -> str:
    return pseudonym(
        bytes(period.key or b""), programme=period.programme.public_id, period=period.number, listener=giver
    )
