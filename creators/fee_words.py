"""What the platform keeps, in words for creators and staff."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from config.lib.money import Money
from ticketing.selectors.receipts import percent

if TYPE_CHECKING:
    from creators.fees import FeeSchedule


def rate_lines(schedule: FeeSchedule) -> list[str]:
    """Return a line for each rate, the lowest border first; of a schedule with one rate just that."""
    if len(schedule.tiers) == 1:
        return [percent(schedule.tiers[0].basis_points)]
    lines = []
    for tier, following in zip_longest(schedule.tiers, schedule.tiers[1:]):
        sums = {
            "rate": percent(tier.basis_points),
            "from": Money(tier.from_minor, schedule.currency).written(),
            "to": Money(following.from_minor, schedule.currency).written() if following else "",
        }
        if tier.from_minor == 0:
            lines.append(_("%(rate)s up to %(to)s") % sums)
        elif following:
            lines.append(_("%(rate)s of what lies between %(from)s and %(to)s") % sums)
        else:
            lines.append(_("%(rate)s of what lies above %(from)s") % sums)
    return lines
