"""Reads about blocks among those who are in one room: who is not heard by whom, as each of them may know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from accounts.models import Block
from accounts.selectors.blocking import blocks_among, blocks_of, has_blocks, muted_public_ids, mutes_of
from rooms.models import ChatMessage, StageMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Whose coming and going is heard only matters in small rooms; so many muted people are told to a page at most.
QUIET_LIMIT = 500
# So many are told of one message's author; to others the page says it when they come.
TOLD_LIMIT = 1000


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


def hidden_for(room_id: str, user: User | AnonymousUser | None) -> list[str]:
    """Return whose messages in a room somebody does not see: of whom they have blocked or muted, or who blocked them.

    Of the last only those who have written there: nobody learns of a block that has nothing to hide.
    """
    if user is None or not user.is_authenticated:
        return []
    blocked = blocks_of(user).values_list("blocked__public_id", flat=True)
    blockers = Block.objects.filter(blocked=user).values("blocker")
    wrote = ChatMessage.objects.filter(room__public_id=room_id, user__in=blockers)
    muted = mutes_of(user).values_list("muted__public_id", flat=True)
    return sorted({*blocked, *muted, *wrote.values_list("user__public_id", flat=True).distinct()})


def told_of_messages(author: User) -> list[str]:
    """Return who must not see the first message of somebody, and does not know yet: whom they have blocked."""
    return list(blocks_of(author).values_list("blocked__public_id", flat=True)[:TOLD_LIMIT])
