"""Lists, page by page, newest first (https://docs.stripe.com/api/pagination)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from ticketing.devstripe.errors import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ticketing.devstripe.store import Body

PAGE = 10
MOST_PAGE = 100


def page_of(found: Iterator[Body], params: dict[str, Any], path: str) -> Body:
    """Return the page of all that was found for which `params` ask with `limit` and `starting_after`."""
    limit = min(params.get("limit", PAGE), MOST_PAGE)
    page = list(islice(_after(found, params.get("starting_after")), limit + 1))
    return {"object": "list", "data": page[:limit], "has_more": len(page) > limit, "url": path}


def _after(rows: Iterator[Body], last: str | None) -> Iterator[Body]:
    if last is not None:
        for row in rows:
            if row["id"] == last:
                break
        else:
            raise missing("object", last)
    yield from rows
