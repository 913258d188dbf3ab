"""Pages of lists that move: who is in a room, whose hand is up. A cursor is a place in the line.

Unlike a list of rows that only grows, these change between two pages: somebody may then be passed over or come twice.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.lib.paging import CursorPagination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rest_framework.request import Request

# Nobody is that far down; Redis takes no longer numbers.
PLACE_DIGITS = 9


class PlacePagination(CursorPagination, BasePagination):
    """The same answers as of other lists."""

    def answer(
        self,
        request: Request,
        read: Callable[[int, int], tuple[Sequence[Mapping[str, object]], int | None]],
        shape: Any,
    ) -> Response:
        """Return what `read(start, limit)` finds: entries, and at which place to go on, or None."""
        limit = self._limit(request.query_params.get("limit"))
        entries, place = read(_place(request.query_params.get("cursor")), limit)
        following = _cursor(place) if place is not None else None
        url = replace_query_param(request.build_absolute_uri(), "cursor", following) if following else None
        return Response({"results": shape(entries, many=True).data, "next_cursor": following, "next": url})


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"place {place}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    word, _space, digits = plain.partition(" ")
    if word != "place" or not digits.isdecimal() or len(digits) > PLACE_DIGITS:
        text = _("This cursor did not come from this list. Leave it out to start at the beginning.")
        raise ValidationError({"cursor": [text]}, code="bad_cursor")
    return int(digits)
