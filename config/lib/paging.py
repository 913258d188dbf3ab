"""Pages of a list that goes on growing: a cursor names the last row that was read, so nothing is skipped or doubled.

A page costs the same however far down it is, which an offset does not.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request
    from rest_framework.views import APIView

M = TypeVar("M", bound=Model)

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
# A row's number as the database keeps it has 64 bits; a longer one would be an error there.
MAX_ROW_NUMBER = 2**63 - 1


class BadCursorError(ValueError):
    """What was given as a cursor did not come from us."""


class Position(NamedTuple):
    """Where a row stands in a list that is sorted by time, newest first, and then by the row's number."""

    at: datetime
    pk: int

    def encode(self) -> str:
        plain = f"{self.at.isoformat()} {self.pk}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str) -> Position:
        """Read a cursor back; raises BadCursorError."""
        try:
            plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
            at, pk = plain.split(" ")
            position = cls(datetime.fromisoformat(at), int(pk))
        except (binascii.Error, ValueError) as error:
            raise BadCursorError from error
        # Ours are in UTC; with another offset a moment may lie before the first or after the last year.
        if position.at.utcoffset() != timedelta(0) or not 0 <= position.pk <= MAX_ROW_NUMBER:
            raise BadCursorError
        return position


class Page(NamedTuple, Generic[M]):
    """Some rows and the cursor for those after them; None at the end."""

    rows: list[M]
    next_cursor: str | None


def read_page(rows: QuerySet[M], *, time_field: str, limit: int, cursor: str | None) -> Page[M]:
    """Return up to `limit` rows after the cursor, newest first; raises BadCursorError."""
    if cursor:
        after = Position.decode(cursor)
        rows = rows.filter(Q(**{f"{time_field}__lt": after.at}) | Q(**{time_field: after.at, "pk__lt": after.pk}))
    found = list(rows.order_by(f"-{time_field}", "-pk")[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    return Page(found[:limit], Position(getattr(last, time_field), last.pk).encode())


class CursorPagination(BasePagination):
    """REST framework's view of `read_page`: `?limit=` from 1 to 100 and an opaque `?cursor=`."""

    time_field = "created_at"

    def paginate_queryset(
        self, queryset: QuerySet[Any, Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        del view
        assert isinstance(queryset, QuerySet)
        self.request = request
        limit = self._limit(request.query_params.get("limit"))
        cursor = request.query_params.get("cursor")
        try:
            self.page = read_page(queryset, time_field=self.time_field, limit=limit, cursor=cursor)
        except BadCursorError as error:
            text = _("This cursor did not come from this list. Leave it out to start at the beginning.")
            raise ValidationError({"cursor": [text]}, code="bad_cursor") from error
        return self.page.rows

    def _limit(self, given: str | None) -> int:
        if given is None:
            return DEFAULT_LIMIT
        if given.isascii() and given.isdigit() and len(given) <= len(str(MAX_LIMIT)) and 1 <= int(given) <= MAX_LIMIT:
            return int(given)
        raise ValidationError({"limit": [_("Must be a whole number from 1 to %(max)d.") % {"max": MAX_LIMIT}]})

    def get_paginated_response(self, data: list[Any]) -> Response:
        following = self.page.next_cursor
        url = replace_query_param(self.request.build_absolute_uri(), "cursor", following) if following else None
        return Response({"results": data, "next_cursor": following, "next": url})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next_cursor", "next"],
            "properties": {
                "results": schema,
                "next_cursor": {"type": "string", "nullable": True, "description": "Of the following page."},
                "next": {"type": "string", "format": "uri", "nullable": True, "description": "The following page."},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        del view
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "How many to return.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Opaque; `next_cursor` of the page before.",
                "schema": {"type": "string"},
            },
        ]
