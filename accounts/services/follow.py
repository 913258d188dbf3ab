"""Following and no longer following."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.module_loading import import_string

from accounts.errors import NotOneselfError, TooManyFollowedError, TooManyFollowsError, YouBlockedError
from accounts.models import Follow, User
from accounts.selectors.blocking import has_blocked
from accounts.selectors.following import is_following
from accounts.services.pairs import lock_pair
from config.lib.errors import NotFoundError
from config.lib.quotas import spend

HOUR = 3600


class FollowState(NamedTuple):
    """Whether the one follows the other, and how many follow the other in all."""

    following: bool
    follower_count: int


def follow(follower: User, followed: User) -> FollowState:
    """Begin to follow somebody; whoever does already goes on. Never call it inside a transaction.

    Raises NotOneselfError, NotFoundError (a closed account, or one that has blocked the follower), YouBlockedError,
    TooManyFollowedError, TooManyFollowsError.
    """
    if follower.pk == followed.pk:
        raise NotOneselfError
    # Counted only when there is something to do, and before the locks: it asks Redis.
    if not is_following(follower, followed) and not _may_follow_now(follower):
        raise TooManyFollowsError
    with transaction.atomic(durable=True):
        _begin(*lock_pair(follower, followed))
        return _state(follower, followed)


def unfollow(follower: User, followed: User) -> FollowState:
    """No longer follow somebody; whoever does not is fine."""
    with transaction.atomic():
        if follower.pk != followed.pk:
            lock_pair(follower, followed)
            end_follow(follower, followed)
        return _state(follower, followed)


def end_follow(follower: User, followed: User) -> None:
    """Remove a follow and what it counts, inside the caller's transaction, which holds both people's locks."""
    gone, _ = Follow.objects.filter(follower=follower, followed=followed).delete()
    if gone:
        _count(follower, followed, -1)


def _may_follow_now(follower: User) -> bool:
    return spend("follow", follower.pk, most=settings.FOLLOWS_PER_HOUR, seconds=HOUR)


def _begin(follower: User, followed: User) -> None:
    if not followed.is_active or has_blocked(followed, follower):
        raise NotFoundError
    if has_blocked(follower, followed):
        raise YouBlockedError
    if is_following(follower, followed):
        return
    if follower.following_count >= settings.FOLLOWED_LIMIT:
        raise TooManyFollowedError
    Follow.objects.create(follower=follower, followed=followed)
    _count(follower, followed, 1)
    for path in settings.PERSON_FOLLOWED_HANDLERS:
        import_string(path)(follower, followed)


def _count(follower: User, followed: User, change: int) -> None:
    User.objects.filter(pk=follower.pk).update(following_count=F("following_count") + change)
    User.objects.filter(pk=followed.pk).update(follower_count=F("follower_count") + change)


def _state(follower: User, followed: User) -> FollowState:
    count = User.objects.values_list("follower_count", flat=True).get(pk=followed.pk)
    return FollowState(is_following(follower, followed), count)


@transaction.atomic
def recount(public_id: str) -> None:
    """Set somebody's counters to what the rows say; while they are locked nobody follows them or is followed."""
    person = User.objects.select_for_update(no_key=True).get(public_id=public_id)
    person.follower_count = Follow.objects.filter(followed=person).count()
    person.following_count = Follow.objects.filter(follower=person).count()
    person.save(update_fields=["follower_count", "following_count"])
