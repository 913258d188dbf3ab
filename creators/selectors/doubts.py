"""What of a day's listening does not count, by reason, and of whom most: for staff, who decide what to make of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from accounts.models import User
from creators.minutes import Doubt
from creators.selectors.listening import verified_parts

if TYPE_CHECKING:
    from datetime import date

# What honest people seldom do for hours. Silence, loss and a look into a room are everybody's; who is excluded is so.
SUSPICIOUS: Final = frozenset({Doubt.IMPOSSIBLE, Doubt.OTHER_ROOM, Doubt.DAY_CAP, Doubt.FRESH_ACCOUNT})
ACCOUNTS_SHOWN: Final = 50


class DoubtLine(NamedTuple):
    """For how long something did not count for one reason, and of how many people."""

    doubt: Doubt
    ms: int
    people: int


class DoubtfulAccount(NamedTuple):
    person: User
    ms: int
    lines: list[tuple[Doubt, int]]


class DoubtsOfDay(NamedTuple):
    counted_ms: int
    lines: list[DoubtLine]
    accounts: list[DoubtfulAccount]
    more: int


def doubts_of(day: date) -> DoubtsOfDay:
    """Return a day's (UTC). Reads all of its intervals: some seconds for a hundred thousand."""
    counted = 0
    times: Counter[Doubt] = Counter()
    people: Counter[Doubt] = Counter()
    by_person: defaultdict[str, Counter[Doubt]] = defaultdict(Counter)
    for part in verified_parts(day, day):
        counted += 1000 * sum(part.seconds.values())
        for (person, doubt), ms in part.doubted_ms.items():
            times[doubt] += ms
            people[doubt] += 1
            if doubt in SUSPICIOUS:
                by_person[person][doubt] += ms
    lines = [DoubtLine(doubt, ms, people[doubt]) for doubt, ms in times.most_common()]
    ranked = sorted(by_person.items(), key=lambda each: (-each[1].total(), each[0]))
    return DoubtsOfDay(counted, lines, _accounts(ranked[:ACCOUNTS_SHOWN]), len(ranked[ACCOUNTS_SHOWN:]))


def _accounts(ranked: list[tuple[str, Counter[Doubt]]]) -> list[DoubtfulAccount]:
    found = User.objects.in_bulk([person for person, _ in ranked], field_name="public_id")
    return [
        DoubtfulAccount(found[person], doubts.total(), doubts.most_common())
        for person, doubts in ranked
        if person in found
    ]
