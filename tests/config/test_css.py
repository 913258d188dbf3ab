"""The style sheet's hygiene: values only from the tokens, nothing that no page uses, small enough, all of it listed."""

from __future__ import annotations

import gzip
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from config.stylesheet import join_imports

ROOT = Path(__file__).parents[2]
SHEET = "site/css/site.css"
FOLDERS = (ROOT / "config/static/site/css", ROOT / "rooms/static/rooms/css")
SHEETS = sorted(chain.from_iterable(folder.glob("*.css") for folder in FOLDERS))
BUDGET_BYTES = 40 * 1024

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.([a-z][a-z0-9_-]*)")
_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|color)a?\("
    r"|\boklch\((?!from var\(--)|(?<![\w-])(?:white|red|grey|gray)(?![\w-])"
)
# `0s` has no length; a delay in seconds or milliseconds has.
_DURATION = re.compile(r"(?<![\w-])(?!0m?s\b)[\d.]+m?s\b")
_EASE = re.compile(r"\bcubic-bezier\(")

# htmx puts it on whatever asks for a page.
OTHERS = {"htmx-request"}


def rules(sheet: Path) -> str:
    return _COMMENT.sub("", sheet.read_text(encoding="utf-8"))


def test_every_sheet_is_listed_once() -> None:
    listed = re.findall(r'@import url\("([^"]+)"\);', Path(str(finders.find(SHEET))).read_text(encoding="utf-8"))
    here = {f"{'' if sheet.is_relative_to(FOLDERS[0]) else '../../rooms/css/'}{sheet.name}" for sheet in SHEETS}
    assert sorted(listed) == sorted(here - {"site.css"})


@pytest.mark.parametrize(
    "sheet", [sheet for sheet in SHEETS if sheet.name != "tokens.css"], ids=lambda sheet: sheet.name
)
def test_colours_and_times_are_tokens(sheet: Path) -> None:
    raw = [found[0] for pattern in (_COLOUR, _DURATION, _EASE) for found in pattern.finditer(rules(sheet))]
    assert raw == []


@pytest.mark.parametrize(
    ("written", "raw"),
    [
        ("color: #fff", ["#fff"]),
        ("color: oklch(0.5 0.1 20)", ["oklch("]),
        ("color: oklch(from var(--lamp) l c h / 0.5)", []),
        ("color: rgba(0, 0, 0, 0.5)", ["rgba("]),
        ("transition: opacity 200ms", ["200ms"]),
        ("transition: opacity 0.2s", ["0.2s"]),
        ("transition: visibility 0s var(--time-surface)", []),
        ("animation: rise var(--time-rise) cubic-bezier(0, 0, 1, 1)", ["cubic-bezier("]),
        ("mask: linear-gradient(black, transparent)", []),
    ],
)
def test_raw_values_are_noticed(written: str, raw: list[str]) -> None:
    assert [found[0] for pattern in (_COLOUR, _DURATION, _EASE) for found in pattern.finditer(written)] == raw


def test_every_value_that_is_asked_for_is_given() -> None:
    """A custom property that nobody sets makes its whole declaration void, silently."""
    sheets = "".join(rules(sheet) for sheet in SHEETS)
    scripts = "".join(path.read_text(encoding="utf-8") for path in code())
    given = set(re.findall(r"(--[a-z0-9-]+)\s*:", sheets)) | set(re.findall(r"[\"'](--[a-z0-9-]+)[\"']", scripts))
    # With a fallback beside it, a value may be missing.
    asked = set(re.findall(r"var\((--[a-z0-9-]+)\)", sheets))
    assert asked - given == set()


def test_no_token_is_idle() -> None:
    tokens = set(re.findall(r"^\s*(--[a-z0-9-]+)\s*:", rules(FOLDERS[0] / "tokens.css"), re.MULTILINE))
    asked = set(re.findall(r"var\((--[a-z0-9-]+)", "".join(rules(sheet) for sheet in SHEETS)))
    assert tokens - asked == set()


@cache
def code() -> tuple[Path, ...]:
    folders = (ROOT / "templates", ROOT / "config", ROOT / "rooms", ROOT / "accounts", ROOT / "media")
    found = chain.from_iterable(folder.rglob(f"*.{kind}") for folder in folders for kind in ("html", "js", "py"))
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def words_of_the_code() -> frozenset[str]:
    """Return every word that stands in a template, a script or a module, classes among them."""
    text = " ".join(path.read_text(encoding="utf-8") for path in code())
    return frozenset(re.findall(r"[a-zA-Z][\w-]*", text))


def styled() -> dict[str, str]:
    """Return each class that has a rule, and the sheet where."""
    found: dict[str, str] = {}
    for sheet in SHEETS:
        for selector in re.findall(r"([^{};]*)\{", rules(sheet)):
            if not selector.strip().startswith("@"):
                found |= dict.fromkeys(_CLASS.findall(selector), sheet.name)
    return found


def made(pattern: str) -> str:
    """Return the template's class as a pattern: what stands in braces may be anything."""
    return "".join(
        "[a-z0-9-]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({{[^}]*}})", pattern)
    )


def patterns_of_the_templates() -> set[str]:
    """Return the classes that templates make at run time, such as `tag--{{ kind }}`, as patterns."""
    found: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        for word in re.findall(r"[a-z][a-z0-9_-]*(?:{{[^}]*}}[a-z0-9_-]*)+", path.read_text(encoding="utf-8")):
            if "--" in word or "__" in word:
                found.add(made(word))
    return found


def test_no_rule_is_for_a_class_that_nobody_has() -> None:
    known = words_of_the_code() | OTHERS
    patterns = re.compile("|".join(patterns_of_the_templates()))
    dead = {name: sheet for name, sheet in styled().items() if name not in known and not patterns.fullmatch(name)}
    assert dead == {}


def test_no_component_has_a_class_without_a_rule() -> None:
    """A part of a component (`seat__name`, `tag--good`) that no sheet knows is misspelt or was forgotten."""
    known, parts = styled(), set()
    for path in (ROOT / "templates").rglob("*.html"):
        # Letters carry their styles with them.
        if "email" not in path.parts:
            for classes in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8")):
                said = re.sub(r"{%[^%]*%}", " ", re.sub(r"[a-z0-9_-]*{{[^}]*}}[a-z0-9_-]*", " ", classes))
                parts |= {word for word in said.split() if "--" in word or "__" in word}
    assert {part for part in parts if part not in known} == set()


@pytest.mark.parametrize(
    ("template", "name", "is_made"),
    [
        ("tag--{{ kind }}", "tag--good", True),
        ("tag--{{ kind }}", "tag", False),
        ("tag--{{ kind }}", "badge--good", False),
        ("legend__{{ shape }}--{{ forloop.counter0 }}", "legend__bar--1", True),
        ("legend__{{ shape }}--{{ forloop.counter0 }}", "legend__bar", False),
    ],
)
def test_class_that_a_template_makes_is_recognised(template: str, name: str, *, is_made: bool) -> None:
    assert bool(re.fullmatch(made(template), name)) is is_made


def test_all_of_it_is_small() -> None:
    joined = join_imports(SHEET, lambda name: Path(str(finders.find(name))).read_text(encoding="utf-8"))
    size = len(gzip.compress(joined.encode(), 9, mtime=0))
    assert 8 * 1024 < size <= BUDGET_BYTES, f"{size} bytes compressed"
