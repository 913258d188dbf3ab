"""Finding rooms by their words, their host and their topics, among those that somebody may enter.

Each term has to be found somewhere: as the beginning of a word or, on PostgreSQL, as another form of it in English or
French. Nothing is kept beside the rows for it, so nothing can be out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, TextField, Value

from accounts.selectors.search import begins_with, people_named
from config.lib.folding import Folded, fold, search_terms
from config.lib.quotas import spend
from media.enums import RecordingState
from media.models import Recording
from rooms.enums import RoomState
from rooms.hallway import in_order, ranked
from rooms.models import Room, RoomTopic, Topic
from rooms.replays import replay_cards
from rooms.selectors import listed_rooms, room_cards
from rooms.upcoming import cards_of_coming, coming_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

    from accounts.models import User
    from rooms.replays import RecentReplay
    from rooms.selectors import RoomCard
    from rooms.upcoming import UpcomingRoom

QUERY_MAX_LENGTH = 100
# More words than that narrow nothing any further, and each is a look into three indexes.
MOST_TERMS = 6
MINUTE = 60


class Term(NamedTuple):
    """A word that is looked for, folded, and the row numbers of the topics that it names."""

    word: str
    topics: tuple[int, ...]


class RoomWords(Func):
    """Title and description as words: on PostgreSQL the very expression of the index `rooms_room_words`."""

    def __init__(self) -> None:
        super().__init__(F("title"), F("description"), F("language"), output_field=SearchVectorField())

    # The lookup adds its parameters to a list, whatever the stubs say.
    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: Any, *_words: Any, **_more: Any
    ) -> tuple[str, list[Any]]:
        del connection
        title, description, language = (compiler.compile(column)[0] for column in self.get_source_expressions())
        words = f"causerie_fold({title} || ' ' || {description})"
        stems = f"CASE WHEN {language} = 'fr' THEN 'french'::regconfig ELSE 'english'::regconfig END"
        return f"(to_tsvector('simple'::regconfig, {words}) || to_tsvector({stems}, {words}))", []


def may_search(user: User | AnonymousUser, address: str) -> bool:
    """Count a search of this person, or of a guest's address; return whether it was within the limit of a minute."""
    who = str(user.pk) if user.is_authenticated else address
    return spend("search", who, most=settings.ROOM_SEARCHES_PER_MINUTE, seconds=MINUTE)


def terms_of(query: str) -> list[Term]:
    """Return what is looked for, for all sections of a page; nothing for a query of signs alone."""
    words = search_terms(query, most=MOST_TERMS)
    topics = list(Topic.objects.all()) if words else []
    return [Term(word, tuple(topic.pk for topic in topics if _is_named(topic, word))) for word in words]


def found_live(user: User | AnonymousUser | None, terms: Sequence[Term], *, start: int, most: int) -> list[RoomCard]:
    """Return live rooms in the order of the hallway."""
    live = matching(listed_rooms(user).filter(state=RoomState.LIVE), terms)
    return room_cards(list(in_order(ranked(live, user))[start : start + most]))


def found_coming(
    user: User | AnonymousUser | None, terms: Sequence[Term], *, start: int, most: int
) -> list[UpcomingRoom]:
    """Return rooms that are to come in the order of the hallway; of a series the next one."""
    return cards_of_coming(user, matching(coming_for(user), terms)[start : start + most])


def found_replays(
    user: User | AnonymousUser | None, terms: Sequence[Term], *, start: int, most: int
) -> list[RecentReplay]:
    """Return rooms that can be heard again, those that ended last leading."""
    ready = Recording.objects.filter(room_key=OuterRef("public_id"), state=RecordingState.READY)
    ended = matching(listed_rooms(user).filter(state=RoomState.ENDED), terms)
    return replay_cards(ended.filter(Exists(ready)).order_by("-ended_at", "-pk")[start : start + most])


def matching(rooms: QuerySet[Room], terms: Sequence[Term]) -> QuerySet[Room]:
    """Return those of the rooms in which each term is found."""
    if not terms:
        return rooms.none()
    for term in terms:
        by_words = _worded(term.word).values("pk")
        by_host = Room.objects.filter(host__in=people_named([term.word])).values("pk")
        legs = [by_host]
        if term.topics:
            legs.append(RoomTopic.objects.filter(topic__in=term.topics).values("room"))  # type: ignore[arg-type] # all are numbers of rooms
        rooms = rooms.filter(pk__in=by_words.union(*legs))
    return rooms


def _worded(term: str) -> QuerySet[Room]:
    rooms = Room.objects.order_by()
    if connection.vendor == "postgresql":
        forms = (SearchQuery(term, config=language) for language in ("english", "french"))
        query = begins_with(term)
        for form in forms:
            query |= form
        return rooms.alias(words=RoomWords()).filter(words=query)
    # Each word has a space before it.
    spaced = Func(
        Value(" "),
        F("title"),
        Value(" "),
        F("description"),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=TextField(),
    )
    return rooms.alias(words=Folded(spaced)).filter(words__contains=f" {term}")


def _is_named(topic: Topic, term: str) -> bool:
    names = f" {fold(topic.name_en)} {fold(topic.name_fr)}"
    return f" {term}" in names
