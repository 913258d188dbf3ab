"""Reads about blocks among those who are in one room: who is not heard by whom, as each of them may know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from accounts.selectors.blocking import blocks_among, has_blocks, muted_public_ids
from rooms.models import StageMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Whose coming and going is heard only matters in small rooms; so many muted people are told to a page at most.
QUIET_LIMIT = 500


class Blocks(TypedDict):
    """Public ids. `any` says whether one has blocked anybody at all: only then a change of the stage is news."""

    any: bool
    # Those on the stage whom one has blocked, and does not hear.
    unheard: list[str]
    # Those on the stage who have blocked one and do not hear one; told only to somebody who sits there too.
    unheard_by: list[str]


def no_blocks() -> Blocks:
    return {"any": False, "unheard": [], "unheard_by": []}


def blocks_in(room_id: str, user: User | AnonymousUser | None) -> Blocks:
    """Return what somebody may know of blocks on a room's stage."""
    if user is None or not user.is_authenticated:
        return no_blocks()
    stage = list(StageMember.objects.filter(room__public_id=room_id).values_list("user", flat=True))
    made, suffered = blocks_among(user, stage)
    return {
        "any": bool(made) or has_blocks(user),
        "unheard": made,
        "unheard_by": suffered if user.pk in stage else [],
    }


def quiet_for(user: User | AnonymousUser | None) -> list[str]:
    """Return whose coming and going somebody does not want to hear."""
    return muted_public_ids(user, most=QUIET_LIMIT)
