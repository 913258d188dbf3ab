"""What is different between two samples of an audience. Sixty cards are 8 KB; few of them change at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from accounts.selectors.people import PersonCard


# So many ids are as long as a card: to say who went may take more than the few cards that stay.
IDS_PER_CARD = 6


class SampleChanges(TypedDict, total=False):
    """`came` are appended once those with the ids in `gone` are out; both are missing where that is not enough."""

    came: list[PersonCard]
    gone: list[str]


def sample_changes(before: Sequence[PersonCard], now: Sequence[PersonCard]) -> SampleChanges:
    """Return what leads from one sample to the next; nothing if the whole sample does it, or is shorter."""
    kept = [card for card in before if card in now]
    came = [card for card in now if card not in before]
    left = {card["id"] for card in now}
    # A card that changed goes and comes.
    renewed = {card["id"] for card in came}
    gone = [card["id"] for card in before if card["id"] not in left or card["id"] in renewed]
    if [*kept, *came] != list(now) or len(kept) * IDS_PER_CARD < len(gone):
        return {}
    return {"came": came, "gone": gone}


def apply_changes(sample: Sequence[PersonCard], came: Sequence[PersonCard], gone: Collection[str]) -> list[PersonCard]:
    """Return the next sample, as a client makes it. Doing it twice changes nothing."""
    ids = {card["id"] for card in came}
    return [*(card for card in sample if card["id"] not in gone and card["id"] not in ids), *came]
