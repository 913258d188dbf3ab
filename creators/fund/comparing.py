"""Holding an allocation that somebody published against the one that follows from its snapshot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from creators.fund import canonical
from creators.fund.allocation import FORMAT
from creators.fund.checking import check_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creators.fund.allocation import Allocation

ABSENT: Final = "—"


class Difference(NamedTuple):
    """A place where the two say something else, each in JSON; ABSENT where one says nothing."""

    where: str
    published: str
    computed: str


class Published(NamedTuple):
    """An allocation that was read. Nothing in it is believed."""

    content: dict[str, Any]
    digest: str


def read_published(raw: bytes) -> Published:
    """Return an allocation's file. Raises FundFileError."""
    content = canonical.read(raw)
    check_format(content, FORMAT)
    return Published(content, canonical.digest(canonical.write(content)))


def differences(published: Published, allocation: Allocation) -> list[Difference]:
    """Return every place in which they differ; shares are matched by creator, in whatever order they stand."""
    return list(_differing("", _by_creator(published.content), _by_creator(json.loads(allocation.write()))))


def _by_creator(content: dict[str, Any]) -> dict[str, Any]:
    """Name the shares by their creators, if each has one of their own."""
    shares = content.get("shares")
    if not isinstance(shares, list):
        return content
    names = [share.get("creator") if isinstance(share, dict) else None for share in shares]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return content
    return content | {"shares": dict(zip(names, shares, strict=True))}


def _differing(where: str, published: Any, computed: Any) -> Iterator[Difference]:
    if isinstance(published, dict) and isinstance(computed, dict):
        for name in sorted(published.keys() | computed.keys()):
            inner = f"{where}.{canonical.shown(name)}".removeprefix(".")
            yield from _differing(inner, published.get(name, _NOTHING), computed.get(name, _NOTHING))
    elif _written(published) != _written(computed):
        yield Difference(where, _written(published), _written(computed))


class _Nothing:
    """What stands where nothing does: unlike anything in JSON, null included."""


_NOTHING: Final = _Nothing()


def _written(value: Any) -> str:
    return ABSENT if value is _NOTHING else canonical.write(value).decode("ascii")
