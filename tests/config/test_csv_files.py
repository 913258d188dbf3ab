"""Files for spreadsheets: what Excel reads rightly, and takes for no formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.utils import translation

from config.lib.csv_files import MARK, csv_response, csv_text


@pytest.mark.parametrize(("language", "line"), [("en", "Nom,Été\r\n"), ("fr", "Nom;Été\r\n")])
def test_columns_are_parted_as_spreadsheets_of_the_language_expect(language: str, line: str) -> None:
    with translation.override(language):
        assert csv_text(["Nom", "Été"], []) == MARK + line


@pytest.mark.parametrize(
    "words",
    ["=1+1", "+33 1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1"],
)
def test_words_are_never_a_formula(words: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([words], []).removeprefix(MARK), newline=""))
    assert row == [f"'{words}"]


def test_numbers_words_and_nothing_stay_what_they_are() -> None:
    rows = csv.reader(io.StringIO(csv_text(["a"], [['x, "y"', -3, None, 0, "a=b"]]).removeprefix(MARK)))
    assert list(rows)[1] == ['x, "y"', "-3", "", "0", "a=b"]


@pytest.mark.parametrize(("language", "written"), [("en", "-12.50"), ("fr", "-12,50")])
def test_fractions_are_written_as_the_language_types_them(language: str, written: str) -> None:
    with translation.override(language):
        assert csv_text(["a"], [[Decimal("-12.50")]]) == f"{MARK}a\r\n{written}\r\n"


def test_file_is_offered_under_its_name() -> None:
    response = csv_response("causerie-rooms", ["é"], [])
    assert response.content == b"\xef\xbb\xbf\xc3\xa9\r\n"
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="causerie-rooms.csv"'
    assert response["Cache-Control"] == "private, no-store"
