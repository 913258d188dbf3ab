"""Finding people by handle and name. Never by an address: whoever knows one learns nothing here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection
from django.db.models import Case, F, Func, IntegerField, Q, TextField, Value, When

from accounts.models import User
from accounts.selectors.blocking import blocked_ids
from accounts.selectors.following import followed_ids
from config.lib.folding import Folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler


class PersonWords(Func):
    """Handle and name as words: on PostgreSQL the very expression of the index `accounts_user_words`."""

    def __init__(self) -> None:
        super().__init__(F("handle"), F("display_name"), output_field=SearchVectorField())

    # The lookup adds its parameters to a list, whatever the stubs say.
    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: Any, *_words: Any, **_more: Any
    ) -> tuple[str, list[Any]]:
        del connection
        handle, name = (compiler.compile(column)[0] for column in self.get_source_expressions())
        return f"to_tsvector('simple'::regconfig, causerie_fold({handle} || ' ' || {name}))", []


def people_named(terms: Sequence[str]) -> QuerySet[User]:
    """Return those whose handle or name has a word that begins with each of the (folded) terms; also who is closed."""
    people = User.objects.all()
    if connection.vendor == "postgresql":
        people = people.alias(words=PersonWords())
        for term in terms:
            people = people.filter(words=begins_with(term))
        return people
    # Each word has a space before it.
    spaced = Func(
        Value(" "),
        F("handle"),
        Value(" "),
        F("display_name"),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=TextField(),
    )
    people = people.alias(words=Folded(spaced))
    for term in terms:
        people = people.filter(words__contains=f" {term}")
    return people


def begins_with(term: str) -> SearchQuery:
    """Return the query for words that begin so. A term of `search_terms` has letters and digits only."""
    return SearchQuery(f"'{term}':*", config="simple", search_type="raw")


def found_people(
    terms: Sequence[str], for_user: User | AnonymousUser | None, *, start: int = 0, most: int
) -> list[User]:
    """Return the people whom somebody looks for: whose handle it is, whom they follow, then whom most follow.

    Nobody sees whom there is a block with, or who is gone.
    """
    if not terms:
        return []
    seen = people_named(terms).filter(is_active=True, erased_at=None).exclude(pk__in=blocked_ids(for_user))
    exact = Q(handle__iexact=terms[0]) if len(terms) == 1 else Q(pk=None)
    followed = Q(pk__in=followed_ids(for_user))
    ordered = seen.order_by(_first(exact), _first(followed), "-follower_count", "handle", "pk")
    return list(ordered[start : start + most])


def _first(condition: Q) -> Case:
    return Case(When(condition, then=0), default=1, output_field=IntegerField())
