"""Reads about topics: the table, what a room is about, what somebody follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.db.models import BooleanField, Exists, OuterRef, Prefetch, Value

from accounts.models import User
from config.lib.errors import NotFoundError
from rooms.models import RoomTopic, Topic, TopicFollow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from rooms.models import Room


# What rooms are about, read in one query for any number of them.
CHOSEN = Prefetch("chosen_topics", RoomTopic.objects.select_related("topic").order_by("place"))


class TopicCard(TypedDict):
    """A topic as cards and pages show it, named in the language of the page."""

    slug: str
    name: str


class ListedTopic(TopicCard):
    followed: bool


def topic_card(topic: Topic) -> TopicCard:
    """Return the topic as a word that leads to its page."""
    return {"slug": topic.slug, "name": topic.name}


def topics_of(room: Room) -> list[Topic]:
    """Return what a room is about, the first one leading; costs nothing where `with_topics` has read it."""
    if "chosen_topics" in getattr(room, "_prefetched_objects_cache", {}):
        chosen = sorted(room.chosen_topics.all(), key=lambda one: one.place)
    else:
        chosen = list(room.chosen_topics.select_related("topic").order_by("place"))
    return [one.topic for one in chosen]


def topic_cards(room: Room) -> list[TopicCard]:
    """Return what a room is about, as its card shows it."""
    return [topic_card(topic) for topic in topics_of(room)]


def with_topics(rooms: QuerySet[Room]) -> QuerySet[Room]:
    """Return the rooms with what they are about, for one query more whatever their number."""
    return rooms.prefetch_related(CHOSEN)


def topic_choices(kept: Sequence[Topic] = ()) -> list[tuple[str, str]]:
    """Return what a room may choose, by name: what is offered, and what it has already."""
    topics = {topic.slug: topic.name for topic in [*Topic.objects.filter(is_offered=True), *kept]}
    return sorted(topics.items(), key=lambda one: one[1].casefold())


def topic_by_slug(slug: str) -> Topic:
    """Return the topic at this address. Raises NotFoundError."""
    topic = Topic.objects.filter(slug=slug).first()
    if topic is None:
        raise NotFoundError
    return topic


def follows_topic(user: User | AnonymousUser | None, topic: Topic) -> bool:
    """Say whether somebody follows it."""
    return isinstance(user, User) and TopicFollow.objects.filter(user=user, topic=topic).exists()


def followed_topics(user: User | AnonymousUser | None) -> QuerySet[TopicFollow, int]:
    """Return the row numbers of what somebody follows; fit for a subquery."""
    rows = TopicFollow.objects.filter(user=user) if isinstance(user, User) else TopicFollow.objects.none()
    return rows.values_list("topic", flat=True)


def listed_topics(user: User | AnonymousUser | None) -> list[ListedTopic]:
    """Return all topics that are offered, by name, each with whether somebody follows it."""
    follows = (
        Exists(TopicFollow.objects.filter(topic=OuterRef("pk"), user=user))
        if isinstance(user, User)
        else Value(False, output_field=BooleanField())  # noqa: FBT003 - a value of the database
    )
    topics = Topic.objects.filter(is_offered=True).annotate(followed=follows)
    listed: list[ListedTopic] = [{**topic_card(topic), "followed": topic.followed} for topic in topics]
    return sorted(listed, key=lambda one: one["name"].casefold())


def topic_names() -> dict[str, str]:
    """Return what all topics are called in the language of the page, by their address."""
    return {topic.slug: topic.name for topic in Topic.objects.order_by("slug")}
