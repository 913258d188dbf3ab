"""Sums as each language writes them."""

from __future__ import annotations

import pytest
from django.utils import translation

from config.lib.formats import money


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
        assert money(minor, currency) == written
