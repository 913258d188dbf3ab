"""Read the colours of tokens.css and say how they stand out from each other, as WCAG 2 counts it.

The style guide shows the figures, a test holds the pairs below to theirs. OKLCH to sRGB after Björn Ottosson,
https://bottosson.github.io/posts/oklab/; what sRGB cannot show is clipped, as browsers do on such a screen.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

TOKENS = Path(__file__).parents[1] / "static/site/css/tokens.css"
THEMES = ("light", "dark")
# What WCAG 2.2 asks for: success criteria 1.4.6, 1.4.3 and 1.4.11.
TEXT, WORDS, EDGE = 7.0, 4.5, 3.0

Rgb: TypeAlias = tuple[float, float, float]

_TOKEN = re.compile(r"^\s*--([a-z0-9-]+):\s*([^;]+);", re.MULTILINE)
_VAR = re.compile(r"var\(--([a-z0-9-]+)\)")
_SUM = re.compile(r"calc\(\s*([\d.]+)\s*\+\s*([\d.]+)\s*\)")
_OKLCH = re.compile(r"oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\)")

PAPERS = ("paper", "paper-raised", "paper-sunk")
VELVETS = ("velvet", "velvet-deep", "velvet-raised")
WASHES = ("velvet-wash", "good-wash", "bad-wash")

# Who may stand on what, and how far it must stand out there. A component that needs another pair adds it here first.
ALLOWED: tuple[tuple[float, tuple[str, ...], tuple[str, ...]], ...] = (
    (TEXT, ("ink", "ink-soft"), PAPERS),
    (TEXT, ("ink",), WASHES),
    (TEXT, ("on-velvet", "on-velvet-soft"), VELVETS),
    (TEXT, ("on-lamp",), ("lamp", "lamp-strong")),
    (TEXT, ("paper",), ("ink",)),
    (WORDS, ("lamp-ink", "velvet-ink", "good", "bad"), PAPERS),
    (WORDS, ("velvet-ink",), ("velvet-wash",)),
    (WORDS, ("good",), ("good-wash",)),
    (WORDS, ("bad",), ("bad-wash",)),
    (WORDS, ("lamp-strong", "lamp-pale", "bad-on-velvet"), VELVETS),
    (WORDS, ("on-mid",), ("velvet-mid",)),
    (EDGE, ("rule", "lamp-edge", "velvet-mid", "lamp-ink"), PAPERS),
    (EDGE, ("velvet-rule", "lamp", "rec"), VELVETS),
    (EDGE, ("series-1", "series-3"), PAPERS),
)


@dataclass(frozen=True)
class Pair:
    """One colour on another in one theme, and how far it stands out."""

    theme: str
    colour: str
    ground: str
    least: float
    ratio: float

    @property
    def is_enough(self) -> bool:
        return self.ratio >= self.least


@functools.cache
def tokens() -> dict[str, str]:
    """Return every custom property of the root as it is written."""
    root = TOKENS.read_text().split(":root {", 1)[1].split("\n}", 1)[0]
    return {name: " ".join(value.split()) for name, value in _TOKEN.findall(root)}


def colour(name: str, theme: str) -> Rgb:
    """Return a token as sRGB, each part from 0 to 1; ValueError if it is not opaque, KeyError if there is none."""
    value = _settled(tokens()[name], theme)
    found = _OKLCH.fullmatch(value)
    if not found:
        msg = f"--{name} is no opaque colour: {value}"
        raise ValueError(msg)
    lightness, chroma, hue = map(float, found.groups())
    return srgb(lightness, chroma, hue)


def _settled(value: str, theme: str) -> str:
    value = _side(value, theme)
    while "var(" in value:
        value = _side(_VAR.sub(lambda found: tokens()[found[1]], value), theme)
    return _SUM.sub(lambda found: str(float(found[1]) + float(found[2])), value)


def _side(value: str, theme: str) -> str:
    """Return what light-dark() chooses."""
    if not value.startswith("light-dark("):
        return value
    inside = value.removeprefix("light-dark(").removesuffix(")")
    depth = 0
    for place, letter in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            return (inside[:place] if theme == "light" else inside[place + 1 :]).strip()
    return value


def srgb(lightness: float, chroma: float, hue: float) -> Rgb:
    """Return an OKLCH colour in sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (_encoded(min(1.0, max(0.0, part))) for part in linear)
    return red, green, blue


def _encoded(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _linear(encoded: float) -> float:
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4


def luminance(shown: Rgb) -> float:
    """Return how bright a colour is, from 0 to 1 (WCAG 2, relative luminance)."""
    red, green, blue = map(_linear, shown)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return how far two colours stand apart, from 1 to 21 (WCAG 2, contrast ratio)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def as_hex(shown: Rgb) -> str:
    """Return a colour as the manifest and e-mails must write it."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in shown)


def pairs() -> list[Pair]:
    """Return every pair that components may use, measured, in both themes."""
    return [
        Pair(theme, name, ground, least, round(contrast(colour(name, theme), colour(ground, theme)), 2))
        for theme in THEMES
        for least, names, grounds in ALLOWED
        for name in names
        for ground in grounds
    ]
