"""Draws what a link to this site looks like elsewhere: 1200 by 630 pixels, the words on velvet. Knows no models.

The fonts are those of the pages. What they cannot write (emoji, other scripts) is left out; a title of which too
little is left is not drawn at all: whoever shows the link also has it as text.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from dataclasses import astuple, dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from django.core.cache import cache
from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 1200
HEIGHT: Final = 630
MARGIN: Final = 84
MOST_LINES: Final = 4
# No word is drawn beyond so many characters of a text, however long it is.
MOST_CHARACTERS: Final = 160
TITLE_SIZES: Final = (76, 64, 54, 46)
DAY: Final = 86400
# A title is drawn if of its letters and digits at least so many can be.
ENOUGH: Final = 0.6
_FONTS: Final = Path(__file__).resolve().parents[1] / "static" / "site" / "fonts"
_VELVET, _VELVET_RAISED, _LAMP, _INK, _SOFT = "#3c1a2b", "#532a3c", "#f6ae4a", "#faf3ec", "#dcc9c4"
# What draws at a time: a picture takes 39 ms of a processor (measured; a process's first one 113), pages come first.
_DRAWING = threading.Semaphore(2)
# So many times as large the background is drawn at first.
_FINER: Final = 4
# Raised when the drawing changes, so that nobody keeps the old one.
_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the picture: a line above, the title, two lines below."""

    above: str
    title: str
    who: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class _Face:
    """A font in two files: what one lacks may be in the other."""

    files: tuple[str, ...]
    weight: str = ""

    def sized(self, size: int) -> tuple[ImageFont.FreeTypeFont, ...]:
        return tuple(_loaded(name, size, self.weight) for name in self.files)


_TITLE: Final = _Face(("young-serif-latin.woff2", "young-serif-latin-ext.woff2"))
_TEXT: Final = _Face(("radio-canada-latin.woff2", "radio-canada-latin-ext.woff2"), "SemiBold")
_Fonts = tuple[ImageFont.FreeTypeFont, ...]


def digest_of(words: Words) -> str:
    """Return a name for the picture with these words: another word, another name."""
    told = "\x1f".join((str(_VERSION), *astuple(words)))
    return hashlib.sha256(told.encode()).hexdigest()[:20]


def picture_of(words: Words) -> bytes:
    """Return the picture as PNG, drawn now or kept from before. Takes a while: never call it on the event loop."""
    key = f"share-picture:{digest_of(words)}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        with _DRAWING:
            kept = draw(words)
        cache.set(key, kept, DAY)
    return kept


def draw(words: Words) -> bytes:
    """Draw the picture."""
    image = _background().copy()
    pen = ImageDraw.Draw(image)
    small, middle = _TEXT.sized(30), _TEXT.sized(36)
    _line(pen, (MARGIN, 96), _fitting(words.above, small, WIDTH - 2 * MARGIN - 200), small, _LAMP)
    _title(pen, words.title)
    _line(pen, (MARGIN, HEIGHT - 158), _fitting(words.who, middle, WIDTH - 2 * MARGIN), middle, _INK)
    _line(pen, (MARGIN, HEIGHT - 102), _fitting(words.when, small, WIDTH - 2 * MARGIN - 200), small, _SOFT)
    name = "Causerie"
    _line(pen, (WIDTH - MARGIN - _length(name, small), HEIGHT - 102), name, small, _LAMP)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


@functools.cache
def _background() -> Image.Image:
    """Draw what is the same in all pictures: large, then small, for Pillow's circles have steps."""
    image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), _VELVET)
    pen = ImageDraw.Draw(image)
    pen.ellipse(_circle(WIDTH - 20, 20, 400), fill=_VELVET_RAISED)
    _waves(pen, WIDTH - 150, 112)
    return image.reduce(_FINER)


def _waves(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    """Draw the mark: guillemets that are also sound waves."""
    for radius in (34, 62):
        for start in (-50, 130):
            pen.arc(_circle(x, y, radius), start, start + 100, fill=_LAMP, width=8 * _FINER)
    pen.ellipse(_circle(x, y, 11), fill=_LAMP)


def _circle(x: int, y: int, radius: int) -> tuple[int, int, int, int]:
    return (x - radius) * _FINER, (y - radius) * _FINER, (x + radius) * _FINER, (y + radius) * _FINER


def _title(pen: ImageDraw.ImageDraw, text: str) -> None:
    """Write the title as large as it fits, in a few lines."""
    if not is_drawable(text):
        return
    fonts, lines = _TITLE.sized(TITLE_SIZES[-1]), ["" for _ in range(MOST_LINES + 1)]
    for size in TITLE_SIZES:
        fonts = _TITLE.sized(size)
        lines = _wrapped(text, fonts)
        height = round(size * 1.2)
        if len(lines) * height <= 280:
            break
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES]
        lines[-1] = _fitting(f"{lines[-1]} …", fonts, WIDTH - 2 * MARGIN, cut=True)
    height = round(fonts[0].size * 1.2)
    for number, line in enumerate(lines):
        _line(pen, (MARGIN, 176 + number * height), line, fonts, _INK)


def is_drawable(text: str) -> bool:
    """Say whether the fonts have enough of what is written."""
    letters = [letter for letter in text[:MOST_CHARACTERS] if letter.isalnum()]
    known = sum(_font_for(letter, _TITLE.sized(TITLE_SIZES[0])) is not None for letter in letters)
    return bool(letters) and known >= ENOUGH * len(letters)


def _wrapped(text: str, fonts: _Fonts) -> list[str]:
    lines = [""]
    for word in _known(text, fonts).split():
        longer = f"{lines[-1]} {word}".strip()
        if _length(longer, fonts) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(_fitting(word, fonts, WIDTH - 2 * MARGIN))
    return [line for line in lines if line] or [""]


def _fitting(text: str, fonts: _Fonts, width: float, *, cut: bool = False) -> str:
    """Return as much of the text as fits, with an ellipsis if something is missing."""
    text = _known(text, fonts)
    if _length(text, fonts) <= width:
        return text
    text = text.removesuffix(" …") if cut else text
    while text and _length(f"{text}…", fonts) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _known(text: str, fonts: _Fonts) -> str:
    """Return the text without what none of the fonts can write."""
    return " ".join("".join(x for x in text[:MOST_CHARACTERS] if x.isspace() or _font_for(x, fonts)).split())


def _length(text: str, fonts: _Fonts) -> float:
    return sum(_advance(letter, fonts) for letter in text)


def _line(pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, fonts: _Fonts, colour: str) -> None:
    x, y = at
    baseline = y + fonts[0].getmetrics()[0]
    for run, font in _runs(text, fonts):
        pen.text((x, baseline), run, font=font, fill=colour, anchor="ls")
        x += font.getlength(run)


def _runs(text: str, fonts: _Fonts) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """Return the text in pieces, each with the font that has it."""
    runs: list[tuple[str, ImageFont.FreeTypeFont]] = []
    for letter in text:
        font = _font_for(letter, fonts) or fonts[0]
        if runs and runs[-1][1] is font:
            runs[-1] = (runs[-1][0] + letter, font)
        else:
            runs.append((letter, font))
    return runs


@functools.lru_cache(maxsize=4096)
def _font_for(letter: str, fonts: _Fonts) -> ImageFont.FreeTypeFont | None:
    if letter == " ":
        return fonts[0]
    return next((font for font in fonts if _mask(letter, font) != _nothing(font)), None)


@functools.lru_cache(maxsize=4096)
def _advance(letter: str, fonts: _Fonts) -> float:
    return (_font_for(letter, fonts) or fonts[0]).getlength(letter)


@functools.lru_cache(maxsize=32)
def _nothing(font: ImageFont.FreeTypeFont) -> tuple[tuple[int, int], bytes]:
    return _mask("\uffff", font)


def _mask(letter: str, font: ImageFont.FreeTypeFont) -> tuple[tuple[int, int], bytes]:
    """Return what the font draws for it: of what it lacks always the same."""
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


@functools.lru_cache(maxsize=32)
def _loaded(name: str, size: int, weight: str) -> ImageFont.FreeTypeFont:
    # The simple layout: one letter after the other, whatever library is there; our fonts write from the left only.
    font = ImageFont.truetype(str(_FONTS / name), size, layout_engine=ImageFont.Layout.BASIC)
    if weight:
        font.set_variation_by_name(weight)
    return font
