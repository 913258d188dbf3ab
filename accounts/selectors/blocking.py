"""Reads about blocks and mutes: who is hidden from whom, and one's own lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, F, Q, When

from accounts.models import Block, Mute, User
from accounts.selectors.people import person_by_handle
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet


def is_blocked_between(one: User | AnonymousUser | None, other: User | int) -> bool:
    """Say whether either has blocked the other, who may be given by their row's number; nobody is from a guest."""
    if one is None or not one.is_authenticated:
        return False
    return Block.objects.filter(Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one)).exists()


def has_blocked(blocker: User | AnonymousUser | None, blocked: User | AnonymousUser | None) -> bool:
    """Say whether the first has blocked the second; guests neither do nor are."""
    if blocker is None or not blocker.is_authenticated or blocked is None or not blocked.is_authenticated:
        return False
    return Block.objects.filter(blocker=blocker, blocked=blocked).exists()


def has_muted(muter: User | AnonymousUser | None, muted: User) -> bool:
    """Say whether the first has muted the second."""
    if muter is None or not muter.is_authenticated:
        return False
    return Mute.objects.filter(muter=muter, muted=muted).exists()


def blocked_ids(user: User | AnonymousUser | None) -> QuerySet[Block, int]:
    """Return the row numbers of everybody who is hidden from the person, whoever of the two blocked the other.

    Fit for a subquery, so that a list costs no query more.
    """
    if user is None or not user.is_authenticated:
        return Block.objects.none().values_list("blocked", flat=True)
    rows = Block.objects.filter(Q(blocker=user) | Q(blocked=user))
    other = Case(When(blocker=user.pk, then=F("blocked")), default=F("blocker"))
    return rows.annotate(other=other).values_list("other", flat=True)


def muted_ids(user: User | AnonymousUser | None) -> QuerySet[Mute, int]:
    """Return the row numbers of everybody whom the person has muted; fit for a subquery."""
    if user is None or not user.is_authenticated:
        return Mute.objects.none().values_list("muted", flat=True)
    return Mute.objects.filter(muter=user).values_list("muted", flat=True)


def blocks_among(user: User, people: Collection[int]) -> tuple[list[str], list[str]]:
    """Return the public ids of those of `people` (row numbers) whom the person has blocked, and who have them."""
    among = Q(blocker=user, blocked__in=people) | Q(blocked=user, blocker__in=people)
    rows = Block.objects.filter(among).order_by("pk")
    made: list[str] = []
    suffered: list[str] = []
    for blocker, blocked_id, blocker_id in rows.values_list("blocker", "blocked__public_id", "blocker__public_id"):
        (made if blocker == user.pk else suffered).append(blocked_id if blocker == user.pk else blocker_id)
    return made, suffered


def has_blocks(user: User) -> bool:
    """Say whether the person has blocked anybody."""
    return Block.objects.filter(blocker=user).exists()


def muted_public_ids(user: User | AnonymousUser | None, *, most: int) -> list[str]:
    """Return the public ids of those whom the person has muted, the latest first."""
    if user is None or not user.is_authenticated:
        return []
    return list(Mute.objects.filter(muter=user).order_by("-pk").values_list("muted__public_id", flat=True)[:most])


def blocks_of(user: User) -> QuerySet[Block]:
    """Return one's own blocks, the latest first."""
    return Block.objects.filter(blocker=user).select_related("blocked").order_by("-pk")


def mutes_of(user: User) -> QuerySet[Mute]:
    """Return one's own mutes, the latest first."""
    return Mute.objects.filter(muter=user).select_related("muted").order_by("-pk")


def profile_for(viewer: User | AnonymousUser | None, handle: str) -> User:
    """Return the person whose page this is.

    Raises NotFoundError if there is none or they have blocked the viewer: nobody can tell the two apart. Whoever
    blocked them still finds the page, to undo it there.
    """
    person = person_by_handle(handle)
    if has_blocked(person, viewer):
        raise NotFoundError
    return person


def person_for(viewer: User | AnonymousUser | None, public_id: str) -> User:
    """Return the person with this id; raises NotFoundError under the same conditions."""
    person = User.objects.filter(public_id=public_id, is_active=True).first() if is_public_id(public_id) else None
    if person is None or has_blocked(person, viewer):
        raise NotFoundError
    return person


def recent_blocks(since: datetime) -> QuerySet[Block]:
    """Return the blocks that were made since then, of all people: for those who must act on them."""
    return Block.objects.filter(created_at__gte=since).select_related("blocker", "blocked").order_by("pk")


def person_in_block(blocker: User, public_id: str) -> User | None:
    """Return somebody whom one has blocked, also if the account is closed; None if there is no such block."""
    row = blocks_of(blocker).filter(blocked__public_id=public_id).first() if is_public_id(public_id) else None
    return row.blocked if row else None


def person_in_mute(muter: User, public_id: str) -> User | None:
    """Return somebody whom one has muted, in the same way."""
    row = mutes_of(muter).filter(muted__public_id=public_id).first() if is_public_id(public_id) else None
    return row.muted if row else None
