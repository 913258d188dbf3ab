"""The table of rates, and which tax is in a payment."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lib.money import Money
from ticketing.account_names import vat
from ticketing.tax import TABLE, TaxDecision, decide, rate_for, tax_in

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

TODAY = date(2026, 11, 21)
EUROPE = {
    "AT": 2000, "BE": 2100, "BG": 2000, "CY": 1900, "CZ": 2100, "DE": 1900, "DK": 2500, "EE": 2400, "ES": 2100,
    "FI": 2550, "FR": 2000, "GR": 2400, "HR": 2500, "HU": 2700, "IE": 2300, "IT": 2200, "LT": 2100, "LU": 1700,
    "LV": 2100, "MT": 1800, "NL": 2100, "PL": 2300, "PT": 2300, "RO": 2100, "SE": 2500, "SI": 2200, "SK": 2300,
}  # fmt: skip


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def test_each_country_of_the_union_has_its_rate_of_today() -> None:
    table = tomllib.loads(TABLE.read_text())
    assert {country: rate_for(country, TODAY) for country in table} == EUROPE


def test_table_says_of_each_line_when_it_begins_and_what_it_is() -> None:
    for country, lines in tomllib.loads(TABLE.read_text()).items():
        assert vat(country.lower(), "eur") == f"vat:{country.lower()}:eur"
        days = [line["from"] for line in lines]
        assert days == sorted(set(days))
        assert all(type(day) is date for day in days)
        # The directive allows no standard rate below 15 %, and none is above 27 %.
        assert all(set(line) == {"from", "rate"} and 1500 <= line["rate"] <= 2700 for line in lines)


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("EE", date(2024, 12, 31), 0),
        ("EE", date(2025, 1, 1), 2200),
        ("EE", date(2025, 6, 30), 2200),
        ("EE", date(2025, 7, 1), 2400),
        ("RO", date(2025, 7, 31), 1900),
        ("RO", date(2025, 8, 1), 2100),
        ("fr", TODAY, 2000),
        ("Fr", TODAY, 2000),
        ("US", TODAY, 0),
        ("GB", TODAY, 0),
        # The Commission's own letters for Greece; ISO's and Stripe's are GR.
        ("EL", TODAY, 0),
        ("", TODAY, 0),
    ],
)
def test_rate_is_the_one_of_that_day(country: str, day: date, rate: int) -> None:
    assert rate_for(country, day) == rate


@pytest.mark.parametrize(
    ("amount", "rate", "tax"),
    [(1200, 2000, 200), (1255, 2550, 255), (100, 2000, 17), (100, 1900, 16), (99_900, 2700, 21_239), (1200, 0, 0)],
)
def test_tax_is_taken_out_of_the_price(amount: int, rate: int, tax: int) -> None:
    assert tax_in(euros(amount), rate) == euros(tax)


@given(st.integers(1, 10_000_000), st.integers(0, 10_000))
def test_tax_on_what_is_left_is_the_tax_that_was_taken_out(amount: int, rate: int) -> None:
    tax = tax_in(euros(amount), rate)
    net = euros(amount) - tax
    assert euros(0) <= tax <= euros(amount)
    assert abs(net.share(rate).minor - tax.minor) <= 1


def test_billing_country_decides_and_both_proofs_are_kept() -> None:
    made = decide(billing_country="DE", card_country="FR", amount=euros(1190), on=TODAY, automatic_tax=None)
    evidence = {
        "billing_country": "DE",
        "card_country": "FR",
        "agree": False,
        "decided_by": "billing_country",
        "worked_out_by": "table",
    }
    assert made == TaxDecision("DE", 1900, euros(190), evidence)


@pytest.mark.parametrize(
    ("billing", "card", "agree", "country"),
    [
        ("FR", "FR", True, "FR"),
        ("fr", "FR", True, "FR"),
        (" fr ", "", None, "FR"),
        ("FR", "US", False, "FR"),
        ("", "DE", None, "IE"),
        ("", "", None, "IE"),
        ("Germany", "DE", None, "IE"),
        ("D1", "DE", None, "IE"),
        ("ÀÉ", "DE", None, "IE"),
    ],
)
def test_country_that_is_not_known_is_the_sites_own(
    settings: Settings, billing: str, card: str, agree: bool | None, country: str
) -> None:
    settings.TICKET_HOME_COUNTRY = "IE"
    made = decide(billing_country=billing, card_country=card, amount=euros(1200), on=TODAY, automatic_tax=None)
    decided_by = "billing_country" if country == "FR" else "home_country"
    assert (made.country, made.rate) == (country, EUROPE[country])
    assert (made.evidence["agree"], made.evidence["decided_by"]) == (agree, decided_by)


def test_nothing_is_collected_outside_the_table() -> None:
    made = decide(billing_country="US", card_country="US", amount=euros(1200), on=TODAY, automatic_tax=None)
    assert (made.country, made.rate, made.tax) == ("US", 0, euros(0))


@pytest.mark.parametrize("tax", [0, 107])
def test_what_stripe_worked_out_is_the_tax(tax: int) -> None:
    made = decide(billing_country="US", card_country="US", amount=euros(1200), on=TODAY, automatic_tax=tax)
    assert (made.country, made.rate, made.tax, made.evidence["worked_out_by"]) == ("US", None, euros(tax), "stripe")
