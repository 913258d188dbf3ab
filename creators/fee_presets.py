"""Schedules that staff begin with and change as they like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.lib.currencies import decimals
from creators.fees import Tier


@dataclass(frozen=True, slots=True)
class FeePreset:
    """`name` as it stands in an address, `title` as people know it; borders are in whole units of the currency."""

    name: str
    title: str
    borders: tuple[tuple[int, int], ...]

    def tiers(self, currency: str) -> tuple[Tier, ...]:
        """Return its tiers in the smallest unit of a currency."""
        return tuple(Tier(units * 10 ** decimals(currency), basis_points) for units, basis_points in self.borders)


# Twitter's ticketed Spaces of 2021: 3 % until a creator had earned 50,000 in all, 20 % of what lies above.
SPACES: Final = FeePreset("spaces", "Spaces", ((0, 300), (50_000, 2_000)))
FEE_PRESETS: Final = {preset.name: preset for preset in (SPACES,)}
