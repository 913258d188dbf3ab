"""Reads about who follows whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.enums import ListeningShown
from accounts.models import Block, Follow, Mute, User
from accounts.selectors.blocking import blocked_ids

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypeAlias, TypedDict

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import WithAnnotations

    class _Seen(TypedDict):
        you_follow: bool

    ListedFollow: TypeAlias = WithAnnotations[Follow, _Seen]

PEOPLE_PAGE = 60


class WrongCount(NamedTuple):
    """Somebody whose counters differ from the rows; each pair is what the counter says and what is true."""

    public_id: str
    followers: tuple[int, int]
    following: tuple[int, int]


def is_following(follower: User | AnonymousUser | None, followed: User) -> bool:
    """Say whether the one follows the other."""
    return _follows_of(follower).filter(followed=followed).exists()


def is_following_each(follower: User | AnonymousUser | None, people: Collection[User]) -> set[int]:
    """Return the row numbers of those of the people whom somebody follows; one query for all."""
    if not people:
        return set()
    return set(_follows_of(follower).filter(followed__in=people).values_list("followed", flat=True))


def sees_listening(viewer: User | AnonymousUser | None, person: User) -> bool:
    """Say whether somebody may see which room the person listens to: by themselves always, else as the person says."""
    if viewer == person or person.listening_shown == ListeningShown.EVERYBODY:
        return True
    if not isinstance(viewer, User) or person.listening_shown != ListeningShown.FOLLOWED:
        return False
    return is_following(person, viewer)


def followed_ids(user: User | AnonymousUser | None) -> QuerySet[Follow, int]:
    """Return the row numbers of everybody whom the person follows; fit for a subquery."""
    return _follows_of(user).values_list("followed", flat=True)


def followers_of(person: User, for_user: User | AnonymousUser | None) -> QuerySet[ListedFollow]:
    """Return the rows of those who follow the person, the latest first, without whom `for_user` may not see.

    Each has `you_follow`: whether `for_user` follows the person.
    """
    return _shown(Follow.objects.filter(followed=person), "follower", for_user)


def followed_by(person: User, for_user: User | AnonymousUser | None) -> QuerySet[ListedFollow]:
    """Return the rows of those whom the person follows, in the same form."""
    return _shown(Follow.objects.filter(follower=person), "followed", for_user)


def _shown(rows: QuerySet[Follow], side: str, for_user: User | AnonymousUser | None) -> QuerySet[ListedFollow]:
    seen = rows.filter(**{f"{side}__is_active": True}).exclude(**{f"{side}__in": blocked_ids(for_user)})
    theirs = _follows_of(for_user).filter(followed=OuterRef(side))
    return seen.annotate(you_follow=Exists(theirs)).select_related(side).order_by("-created_at", "-pk")


def _follows_of(user: User | AnonymousUser | None) -> QuerySet[Follow]:
    if user is None or not user.is_authenticated:
        return Follow.objects.none()
    return Follow.objects.filter(follower=user)


def follower_ids(person: User, *, after: int, limit: int) -> list[int]:
    """Return the row numbers of those who follow the person and have not muted them, beyond `after`, in their order."""
    rows = Follow.objects.filter(followed=person, follower__gt=after, follower__is_active=True)
    heard = rows.exclude(follower__in=Mute.objects.filter(muted=person).values("muter"))
    return list(heard.order_by("follower").values_list("follower", flat=True)[:limit])


def wrong_counts() -> list[WrongCount]:
    """Return whose counters differ from the rows: nobody's, unless somebody wrote past the services."""
    counted = User.objects.annotate(real_followers=_rows("followed"), real_following=_rows("follower"))
    wrong = counted.filter(~Q(follower_count=F("real_followers")) | ~Q(following_count=F("real_following")))
    return [
        WrongCount(
            person.public_id,
            (person.follower_count, person.real_followers),
            (person.following_count, person.real_following),
        )
        for person in wrong.order_by("pk")
    ]


def _rows(side: str) -> Coalesce:
    """Return the number of the person's rows on one side, as a subquery: two joins would multiply each other."""
    rows = Follow.objects.filter(**{side: OuterRef("pk")}).order_by().values(side)
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField()), 0)


class Standing(NamedTuple):
    """How it stands between whoever looks and a person."""

    you_follow: bool = False
    follows_you: bool = False
    you_muted: bool = False
    you_blocked: bool = False


def standing_between(viewer: User | AnonymousUser | None, person: User) -> Standing:
    """Return it, in one query; a guest has nothing to do with anybody."""
    if viewer is None or not viewer.is_authenticated:
        return Standing()
    asked = User.objects.filter(pk=person.pk).annotate(
        you_follow=Exists(Follow.objects.filter(follower=viewer, followed=OuterRef("pk"))),
        follows_you=Exists(Follow.objects.filter(follower=OuterRef("pk"), followed=viewer)),
        you_muted=Exists(Mute.objects.filter(muter=viewer, muted=OuterRef("pk"))),
        you_blocked=Exists(Block.objects.filter(blocker=viewer, blocked=OuterRef("pk"))),
    )
    return Standing(*asked.values_list(*Standing._fields).get())
