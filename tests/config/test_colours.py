"""Colours: every pair that components use stands out as far as WCAG asks, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import install
from config.styleguide import colours


@pytest.mark.parametrize("pair", colours.pairs(), ids=lambda pair: f"{pair.theme}-{pair.colour}-on-{pair.ground}")
def test_pair_stands_out_enough(pair: colours.Pair) -> None:
    assert pair.ratio >= pair.least, f"--{pair.colour} on --{pair.ground} in {pair.theme}: {pair.ratio}"


def test_every_colour_of_the_tokens_is_held_to_something() -> None:
    """A new colour needs its pairs; what is no control and no words is named here."""
    ornaments = {"hair", "lamp-light", "series-2", "shade"}
    held = {name for _least, names, grounds in colours.ALLOWED for name in (*names, *grounds)}
    assert {name for name, value in colours.tokens().items() if re.search(r"oklch|var\(--velvet", value)} - {
        "shadow-high"
    } == held | ornaments


@pytest.mark.parametrize(
    ("lightness", "chroma", "hue", "expected"),
    [
        # https://www.w3.org/TR/css-color-4/#ex-oklch: the same colours in both notations, and the two ends.
        (1, 0, 0, "#ffffff"),
        (0, 0, 0, "#000000"),
        (0.51975, 0.17686, 142.495, "#008000"),
        (0.40101, 0.12332, 21.555, "#7d2329"),
        (0.59686, 0.15619, 49.7694, "#c65d06"),
        (0.65125, 0.13138, 104.097, "#9d9318"),
        # More colour than sRGB has.
        (0.7, 0.4, 25, "#ff0000"),
    ],
)
def test_oklch_becomes_srgb(lightness: float, chroma: float, hue: float, expected: str) -> None:
    assert colours.as_hex(colours.srgb(lightness, chroma, hue)) == expected


def test_contrast_is_the_one_of_wcag() -> None:
    black, white = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    assert colours.contrast(black, white) == colours.contrast(white, black) == pytest.approx(21)
    assert colours.contrast(white, white) == 1
    # The grey that is known as the first to pass on white, and the one beside it.
    assert colours.contrast((0x76 / 255,) * 3, white) >= colours.WORDS > colours.contrast((0x77 / 255,) * 3, white)


def test_token_is_read_through_themes_and_names() -> None:
    assert colours.colour("series-1", "dark") == colours.colour("velvet-mid", "dark")
    assert colours.colour("paper", "light") != colours.colour("paper", "dark")
    assert colours.colour("lamp", "light") == colours.colour("lamp", "dark")
    with pytest.raises(ValueError, match="--shade is no opaque colour"):
        colours.colour("shade", "light")
    with pytest.raises(KeyError):
        colours.colour("sky", "light")


def test_browser_is_told_the_colours_of_the_page() -> None:
    """Where no custom property reaches, the same colours are written out."""
    base = (Path(__file__).parents[2] / "templates/base.html").read_text(encoding="utf-8")
    light, dark = (colours.as_hex(colours.colour("paper", theme)) for theme in colours.THEMES)
    assert re.findall(r'content="(#[0-9a-f]{6})"', base) == [light, dark]
    assert light == install.PAPER


def test_pair_that_is_too_faint_is_noticed() -> None:
    """The control: the lamp itself on light paper, which is why controls there have another edge."""
    ratio = colours.contrast(colours.colour("lamp", "light"), colours.colour("paper", "light"))
    faint = colours.Pair("light", "lamp", "paper", colours.EDGE, round(ratio, 2))
    assert not faint.is_enough
    assert colours.Pair("light", "x", "y", colours.EDGE, colours.EDGE).is_enough
