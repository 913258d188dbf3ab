"""What a linked page says of itself: its title, its site's name, its picture. Pure: it reads text, fetches nothing."""

from __future__ import annotations

import codecs
import html
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from config.lib.outgoing import BadAddressError, ascii_address
from config.lib.plain_text import tidy_line

if TYPE_CHECKING:
    from collections.abc import Iterator

# A tag is looked at so far, and so many of them: no page can keep a job busy.
_TAG_LENGTH = 4000
_MOST_TAGS = 300
_SNIFFED = 2048
# Python knows encodings that are none of a page.
_CHARSET = re.compile(
    r"utf-?8|utf-?16(le|be)?|us-ascii|ascii|(iso[-_]?8859|latin|windows|cp|koi8|mac)[-_0-9a-z]*"
    r"|shift[-_]jis|sjis|euc[-_](jp|kr)|gb(k|2312|18030)|big5(-hkscs)?|iso-2022-jp|tis-620",
    re.IGNORECASE,
)
_NAMED_IN_PAGE = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([-\w]{1,40})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z:-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_TITLE = re.compile(r"<title\b[^>]{0,500}>([^<]{0,2000})", re.IGNORECASE)
_PROPERTIES = ("og:title", "og:site_name", "og:image:secure_url", "og:image", "twitter:title", "twitter:image")


class LinkWords(NamedTuple):
    """What a card shows; `picture` is an address, empty for none."""

    title: str
    site: str
    picture: str


def words_of(body: bytes, charset: str, address: str, *, title_most: int, site_most: int) -> LinkWords:
    """Return what the page at `address` says of itself; a title is empty if there is none."""
    text = decode(body, charset)
    said = _said(text)
    named = _TITLE.search(text)
    title = said.get("og:title") or said.get("twitter:title") or (html.unescape(named[1]) if named else "")
    picture = said.get("og:image:secure_url") or said.get("og:image") or said.get("twitter:image") or ""
    return LinkWords(
        title=shortened(title, title_most),
        site=shortened(said.get("og:site_name", ""), site_most) or site_of(address),
        picture=_absolute(address, picture),
    )


def site_of(address: str) -> str:
    """Return the address's host, as people know it."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def shortened(text: str, most: int) -> str:
    """Return the text in one line of at most so many characters; what is cut off leaves its mark."""
    line = tidy_line(text[: 8 * most])
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def decode(body: bytes, charset: str) -> str:
    """Return the text in the encoding that the answer names, or the page, or that is usual; never fails."""
    inside = _NAMED_IN_PAGE.search(body[:_SNIFFED])
    for name in (charset, inside[1].decode("ascii", "replace") if inside else "", "utf-8"):
        if _CHARSET.fullmatch(name) and _known(name):
            return body.decode(name, "replace")
    return body.decode("utf-8", "replace")


def _known(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _said(text: str) -> dict[str, str]:
    """Return the first of each property that we know."""
    said: dict[str, str] = {}
    for tag in _metas(text):
        found = {name.lower(): first or second or bare for name, first, second, bare in _ATTRIBUTE.findall(tag)}
        name = (found.get("property") or found.get("name") or "").lower()
        if name in _PROPERTIES and found.get("content"):
            said.setdefault(name, html.unescape(found["content"]))
    return said


def _metas(text: str) -> Iterator[str]:
    lowered, at = text.lower(), 0
    for _ in range(_MOST_TAGS):
        at = lowered.find("<meta", at)
        if at < 0:
            return
        following = lowered.find("<meta", at + 5, at + _TAG_LENGTH)
        yield text[at : following if following > 0 else at + _TAG_LENGTH].split("<", 2)[1]
        at += 5


def _absolute(address: str, picture: str) -> str:
    try:
        return ascii_address(urljoin(address, picture.strip())) if picture.strip() else ""
    except (BadAddressError, ValueError):
        return ""
