"""What is kept of the words that people type."""

from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from config.lib.plain_text import LineField, LinesField, tidy_line, tidy_lines

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    "text",
    [
        "Maïwenn Le Goff",
        "L’œuvre d’Anaïs, n° 2 : « où ça ? »",
        "क्षत्रिय लक्ष्मी",
        "क्\u200dष",
        "می\u200cخواهم",
        "שָׁלוֹם",
        "ประชุมที่นี่",
        "한국어",
        FAMILY,
        "❤\ufe0f\u200d🔥 👩🏽\u200d🚀 🇫🇷",
        "東京の夜",
        "1 + 1 = 2",
        "?",
    ],
)
def test_line_of_any_script_stays_as_it_is(text: str) -> None:
    # Hebrew with points is kept as NFC has it.
    assert tidy_line(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Maïwenn \u00a0\u3000  Le Goff ", "Maïwenn Le Goff"),
        ("Mai\u0308wenn", "Maïwenn"),
        ("Mai\u200b\u0308wenn", "Maïwenn"),
        ("a\x00b\nc\x85d\u2028e", "a b c d e"),
        ("\u202eevil\u2066\u200f", "evil"),
        ("a\u115f\u1160\u3164\uffa0\u2800b", "a b"),
        ("in\u00adfi\ufeffni\u200bte", "infinite"),
        ("\ue000a\U000e0041\ud800b\uffff", "ab"),
    ],
)
def test_line_is_tidied(typed: str, kept: str) -> None:
    assert tidy_line(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t ",
        "\u200b",
        "\u3164",
        "\u2800\u2800",
        "\u00ad",
        "\ufeff",
        "\U000e0041\U000e007f",
        "\u200d\u200c",
        "\u0301",
        "\ufe0f",
        "\u034f",
        "\x00",
    ],
)
def test_line_that_nobody_sees_is_empty(text: str) -> None:
    assert tidy_line(text) == ""


@pytest.mark.parametrize(("typed", "kept"), [(3, 3), (4, 4), (5, 4), (59, 4)])
def test_letter_has_at_most_four_marks(typed: int, kept: int) -> None:
    assert tidy_line("x" + "\u0310" * typed + "y") == "x" + "\u0310" * kept + "y"


def test_joiners_do_not_begin_another_row_of_marks() -> None:
    assert tidy_line("x" + "\u0310\u200d" * 20 + "y") == "x" + "\u0310\u200d" * 2 + "y"


@given(st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy_line(tidy_line(text)) == tidy_line(text)
    assert tidy_lines(tidy_lines(text)) == tidy_lines(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\n\r\n  two \x07 words\n", "one\n\ntwo words"),
        ("\n\u200b\none\u202e", "one"),
        ("\u3164\n\u3164", ""),
    ],
)
def test_lines_stay_lines(typed: str, kept: str) -> None:
    assert tidy_lines(typed) == kept


@pytest.mark.parametrize(
    ("text", "fits"), [("a\u200b" * 3, True), ("aaaa", True), ("aaaaa", False), ("\u0958" * 3, False)]
)
def test_limit_of_a_field_holds_for_what_is_kept(text: str, fits: bool) -> None:
    # U+0958 is two characters in NFC.
    field = LineField(max_length=4)
    if fits:
        assert field.clean(text) == tidy_line(text)
    else:
        with pytest.raises(ValidationError, match="at most 4"):
            field.clean(text)


def test_end_of_a_line_is_one_character_of_a_fields_limit() -> None:
    assert LinesField(max_length=3).clean("a\r\nb") == "a\nb"
