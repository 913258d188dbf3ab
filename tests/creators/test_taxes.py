"""The tax in somebody's tickets: by country and rate, as it stands after what went back, as the ledger says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation

from config.lib.money import Money
from creators.income_files import tax_table
from creators.selectors.taxes import TaxLine, TaxTable, taxes_of
from creators.spans import year_span
from tests.factories.payments import buy, planned_offer
from tests.factories.people import UserFactory
from tests.factories.selling_host import sold_order
from ticketing import account_names as accounts
from ticketing.enums import RefundReason
from ticketing.selectors.ledger import balance
from ticketing.services.refunds import ask_refund, send_due_refunds

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def line(country: str, rate: int | None, taxable: int, tax: int, orders: int, currency: str = "eur") -> TaxLine:
    return TaxLine(country, rate, Money(taxable, currency), Money(tax, currency), orders)


def of_year(person: User, year: int = 2026) -> list[TaxTable]:
    return taxes_of(person, year_span(year))


def sold(person: User, **fields: Any) -> None:
    sold_order(planned_offer(host=person), **{"paid_at": BEGAN} | fields)


def test_year_without_sales(ines: User, malo: User) -> None:
    sold(malo)
    assert of_year(ines) == []
    assert tax_table(of_year(ines))[1] == []


def test_lines_are_of_a_country_and_a_rate_most_tax_first(ines: User) -> None:
    sold(ines)
    for country, rate, tax in (("FR", 2000, 200), ("DE", 1900, 192), ("CH", 0, 0), ("IE", None, 224)):
        sold(ines, country=country, tax_rate=rate, tax=tax)
    [table] = of_year(ines)
    assert table.lines == [
        line("FR", 2000, 2_000, 400, 2),
        line("IE", None, 976, 224, 1),
        line("DE", 1900, 1_008, 192, 1),
        line("CH", 0, 1_200, 0, 1),
    ]
    assert (table.taxable, table.tax) == (Money(5_184, "eur"), Money(816, "eur"))


def test_years_are_those_of_utc(ines: User) -> None:
    moment = timedelta(microseconds=1)
    for paid_at in (BEGAN - moment, BEGAN, datetime(2027, 1, 1, tzinfo=UTC) - moment, datetime(2027, 1, 1, tzinfo=UTC)):
        sold(ines, paid_at=paid_at)
    assert [of_year(ines, year)[0].lines[0].orders for year in (2025, 2026, 2027)] == [1, 2, 1]


@pytest.mark.parametrize(("back", "orders"), [(1, 1), (600, 1), (1_199, 1), (1_200, 0)])
def test_tax_goes_back_with_the_money_as_in_the_ledger(ines: User, back: int, orders: int) -> None:
    order = buy(planned_offer(host=ines), UserFactory.create())
    ask_refund(order.pk, reason=RefundReason.HOST, by=ines, amount=Money(back, "eur"))
    send_due_refunds()
    assert order.paid_at is not None
    tables = of_year(ines, order.paid_at.year)
    assert sum(one.orders for table in tables for one in table.lines) == orders
    owed = sum((table.tax for table in tables), start=Money(0, "eur"))
    assert owed == -balance(accounts.vat("fr", "eur"))


def test_currencies_have_tables_of_their_own(ines: User) -> None:
    sold(ines)
    sold_order(planned_offer(host=ines, currency="usd"), paid_at=BEGAN)
    assert of_year(ines) == [
        TaxTable("eur", [line("FR", 2000, 1_000, 200, 1)]),
        TaxTable("usd", [line("FR", 2000, 1_000, 200, 1, "usd")]),
    ]


def test_file_in_french(ines: User) -> None:
    sold(ines)
    sold(ines, country="DE", tax_rate=None, tax=192)
    with translation.override("fr"):
        header, rows = tax_table(of_year(ines))
    assert header == ["Pays", "Code du pays", "Taux", "Paiements", "Hors taxe", "Dont taxe", "Monnaie"]
    assert [[str(cell) for cell in row] for row in rows] == [
        ["France", "FR", "20\xa0%", "1", "10.00", "2.00", "EUR"],
        ["Allemagne", "DE", "calculé par Stripe", "1", "10.08", "1.92", "EUR"],
    ]


@pytest.mark.parametrize("number", [1, 5])
def test_number_of_queries_stays(ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(number):
        sold(ines)
    with django_assert_num_queries(1):
        of_year(ines)
