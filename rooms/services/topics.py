"""What rooms are about, and following that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.lib.errors import InvalidError, LoginRequiredError
from rooms.models import TOPICS_PER_ROOM, RoomTopic, Topic, TopicFollow
from rooms.topics import topic_by_slug, topics_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from rooms.models import Room


def checked_topics(slugs: Sequence[str], *, kept: Sequence[Topic] = ()) -> list[Topic]:
    """Return the topics in the order in which they were named; one that is `kept` need not be offered any more.

    Raises InvalidError for too many, and for one that nobody can choose.
    """
    wanted = list(dict.fromkeys(slugs))
    if len(wanted) > TOPICS_PER_ROOM:
        words = ngettext("A room has at most %(limit)d topic.", "A room has at most %(limit)d topics.", TOPICS_PER_ROOM)
        raise InvalidError(errors={"topics": words % {"limit": TOPICS_PER_ROOM}})
    found = {topic.slug: topic for topic in Topic.objects.filter(slug__in=wanted)} if wanted else {}
    had = {topic.slug for topic in kept}
    if any(slug not in found or not (found[slug].is_offered or slug in had) for slug in wanted):
        raise InvalidError(errors={"topics": _("One of these topics is not offered. Choose again.")})
    return [found[slug] for slug in wanted]


def set_topics(room: Room, topics: Sequence[Topic]) -> bool:
    """Let a room be about these and no others; return whether that is new. Whoever calls holds the room's lock."""
    if set(topics_of(room)) == set(topics):
        return False
    RoomTopic.objects.filter(room=room).delete()
    RoomTopic.objects.bulk_create(RoomTopic(room=room, topic=topic, place=place) for place, topic in enumerate(topics))
    return True


def follow_topic(slug: str, *, by: User | None) -> None:
    """Follow a topic. Who does already stays so. Raises LoginRequiredError, NotFoundError."""
    if by is None:
        raise LoginRequiredError
    TopicFollow.objects.get_or_create(topic=topic_by_slug(slug), user=by)


def unfollow_topic(slug: str, *, by: User | None) -> None:
    """No longer follow a topic. Raises LoginRequiredError, NotFoundError."""
    if by is None:
        raise LoginRequiredError
    TopicFollow.objects.filter(topic=topic_by_slug(slug), user=by).delete()
