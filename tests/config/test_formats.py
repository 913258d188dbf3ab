"""Numbers, sums, dates and lengths as each language writes them; for the browser, tests/js/formats.test.mjs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from config.lib import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

# In Paris it is the next day already.
LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


@pytest.fixture
def in_paris() -> Iterator[None]:
    with timezone.override("Europe/Paris"):
        yield


@pytest.mark.parametrize(
    ("language", "minor", "currency", "written"),
    [
        ("en", 120450, "EUR", "€1,204.50"),
        ("fr", 120450, "EUR", "1\u00a0204,50\u00a0€"),
        ("fr", 0, "EUR", "0,00\u00a0€"),
        ("fr", -5, "EUR", "-0,05\u00a0€"),
        ("en", 1500, "JPY", "¥1,500"),
        ("fr", 1, "USD", "0,01\u00a0$US"),
    ],
)
def test_sum_is_written_in_the_pages_language(language: str, minor: int, currency: str, written: str) -> None:
    with translation.override(language):
        assert formats.money(minor, currency) == written


@pytest.mark.parametrize(
    ("language", "count", "share", "written"),
    [
        ("en", 30000, 0.125, ("30,000", "12%")),
        ("fr", 30000, 0.125, ("30\u00a0000", "12\u00a0%")),
        ("de", 30000, 1, ("30.000", "100\u00a0%")),
        ("fr", 999.5, 0, ("999,5", "0\u00a0%")),
    ],
)
def test_number_is_written_in_the_pages_language(
    language: str, count: float, share: float, written: tuple[str, str]
) -> None:
    with translation.override(language):
        assert (formats.number(count), formats.percent(share)) == written


@pytest.mark.parametrize("language", ["xx", "x-y-z"])
def test_language_that_nobody_knows_is_written_as_english(language: str) -> None:
    with translation.override(language):
        assert formats.number(30000) == "30,000"


@pytest.mark.usefixtures("in_paris")
@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["November 21, 2026", "November 2026", "12:30\u00a0AM", "November 21, 2026, 12:30\u00a0AM"]),
        ("fr", ["21 novembre 2026", "novembre 2026", "00:30", "21 novembre 2026, 00:30"]),
        ("de", ["21. November 2026", "November 2026", "00:30", "21. November 2026, 00:30"]),
    ],
)
def test_moment_is_written_as_it_is_where_one_reads(language: str, written: list[str]) -> None:
    with translation.override(language):
        assert [
            formats.day(LATE), formats.month(LATE), formats.hour(LATE), formats.moment(LATE)
        ] == written  # fmt: skip


@pytest.mark.parametrize(
    ("distance", "english", "french"),
    [
        (timedelta(hours=-2), "2 hours ago", "il y a 2 heures"),
        (timedelta(days=3), "in 3 days", "dans 3 jours"),
        (timedelta(days=7) - timedelta(seconds=1), "in 1 week", "dans 1 semaine"),
        (timedelta(days=7), "November 27, 2026", "27 novembre 2026"),
        (timedelta(days=-7), "November 13, 2026", "13 novembre 2026"),
    ],
)
def test_distance_is_in_words_until_it_is_a_day_of_the_calendar(distance: timedelta, english: str, french: str) -> None:
    written = []
    for language in ("en", "fr"):
        with translation.override(language), timezone.override("UTC"):
            written.append(formats.ago(LATE + distance, now=LATE))
    assert written == [english, french]


@pytest.mark.parametrize(
    ("seconds", "words", "clock"),
    [
        (0, "0 s", "0:00"),
        (59.9, "59 s", "0:59"),
        (60, "1 min 00", "1:00"),
        (3599, "59 min 59", "59:59"),
        (3600, "1 h 00", "1:00:00"),
        (3_661_000, "1,016 h 56", "1016:56:40"),
    ],
)
def test_length_is_written_for_eyes_and_for_players(seconds: float, words: str, clock: str) -> None:
    assert (formats.lasting(seconds), formats.clock(seconds)) == (words, clock)


@pytest.mark.parametrize(("minutes", "words"), [(1, "1 min"), (59, "59 min"), (60, "1 h 00"), (125, "2 h 05")])
def test_length_in_minutes(minutes: int, words: str) -> None:
    assert formats.minutes_long(minutes) == words


@pytest.mark.usefixtures("in_paris")
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{{ late|day }}", '<time datetime="2026-11-21">21 novembre 2026</time>'),
        ("{{ late.date|day }}", '<time datetime="2026-11-20">20 novembre 2026</time>'),
        ("{{ late|month }}", '<time datetime="2026-11">novembre 2026</time>'),
        ("{{ late|moment }}", '<time datetime="2026-11-21T00:30:00+01:00">21 novembre 2026, 00:30</time>'),
        ("{{ late|ago }}", '<time datetime="2026-11-21T00:30:00+01:00">21 novembre 2026</time>'),
        ("{{ 65000|lasting }}", '<time datetime="PT65S">1\u00a0min\u00a005</time>'),
        ("{{ 65000|clock }}", '<time datetime="PT65S">1:05</time>'),
        ("{{ 30000|number }} {{ 12|percent }}", "30\u00a0000 12\u00a0%"),
        ('{% money 500 "EUR" %}', "5,00\u00a0€"),
    ],
)
def test_templates_write_the_machines_value_beside(written: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: LATE + timedelta(days=30))
    with translation.override("fr"):
        assert Template("{% load formats %}" + written).render(Context({"late": LATE})) == shown
