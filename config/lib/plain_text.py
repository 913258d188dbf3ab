"""Words that people type for others to read: names, titles, descriptions. What cannot be seen is not kept."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

# Letters by category, which every font draws as nothing: fillers of Hangul and Braille without dots.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Persian, the scripts of India and emoji of several parts are written with these; all else of category Cf is dropped.
_JOINERS = frozenset("\u200c\u200d")
# Formats (also those that turn the direction), surrogates, private use, unassigned.
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
# No script needs more on one letter; a hundred reach over the lines above.
MOST_MARKS = 4


def tidy_line(text: str) -> str:
    """Return the text in one line: one form of each letter, single spaces; empty if there would be nothing to see."""
    seen = unicodedata.normalize("NFC", "".join(map(_kept, text)))
    if not any(unicodedata.category(char)[0] in "LNPS" for char in seen):
        return ""
    return " ".join("".join(_thinned(seen)).split())


def tidy_lines(text: str) -> str:
    """Return the text with each line tidied, and without empty ones before and after."""
    return "\n".join(map(tidy_line, text.splitlines())).strip("\n")


class LineField(forms.CharField):
    """A form's line; its limits hold for what is kept."""

    def to_python(self, value: Any) -> str:
        return tidy_line(super().to_python(value) or "")


class LinesField(forms.CharField):
    """A form's lines; its limits hold for what is kept, in which the end of a line is one character."""

    def to_python(self, value: Any) -> str:
        return tidy_lines(super().to_python(value) or "")


def _kept(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc" or char in _FILLERS:
        return " "
    return "" if category in _DROPPED and char not in _JOINERS else char


def _thinned(text: str) -> Iterator[str]:
    """Yield at most so many marks in a row; a joiner counts as one, or it would begin another row."""
    row = 0
    for char in text:
        row = row + 1 if char in _JOINERS or unicodedata.category(char)[0] == "M" else 0
        if row <= MOST_MARKS:
            yield char
