"""Words that a host does not want to read: what counts as the same word, and whether a text holds one. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Marks that one may leave out and be understood: accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic.
_ACCENTS = ((0x0300, 0x036F), (0x0483, 0x0487), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670))
# Scripts that are written without spaces: Thai to Burmese, Khmer, kana, ideographs. Each sign stands for itself, so a
# word is found wherever its signs follow each other.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0x20000, 0x3FFFF),
)


def fold(text: str) -> str:
    """Return the words of the text, one space between them: without case, accents, signs and kinds of letters."""
    return " ".join(_words(text))


def holds_any(text: str, folded: Iterable[str]) -> bool:
    """Say whether one of the folded words, or rows of words, stands in the text as a whole."""
    words = f" {fold(text)} "
    return any(f" {word} " in words for word in folded if word)


def _words(text: str) -> Iterator[str]:
    word = ""
    # Casefolding may make letters that are composed anew.
    for char in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()):
        if _within(char, _ACCENTS) or unicodedata.category(char) == "Cf":
            continue
        single = _within(char, _UNSPACED)
        if single or unicodedata.category(char)[0] not in "LNM":
            if word:
                yield word
            word = ""
        if single:
            yield char
        elif unicodedata.category(char)[0] in "LNM":
            word += char
    if word:
        yield word


def _within(char: str, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)
