"""The pages and files of statements and taxes: whose they are, what they say, which there are, both languages."""

from __future__ import annotations

import csv
import io
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from config.lib.csv_files import MARK
from creators.enums import EarningSource
from creators.spans import month_before, month_of, next_month
from tests.factories.earnings import booked, earned, sent, settled
from tests.factories.payments import planned_offer
from tests.factories.selling import offer_of
from tests.factories.selling_host import sold_order
from tests.rooms.test_stats import a_room
from tests.ticketing.test_host_pages import browser, words
from ticketing.services.sealing import seal_days

if TYPE_CHECKING:
    from datetime import date

    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

STATEMENTS = "/earnings/statements/"


def this_month() -> date:
    return month_of(timezone.now())


def at(month: date, currency: str = "eur") -> str:
    return f"{STATEMENTS}{currency}/{month.year}/{month.month}/"


def tax(year: int) -> str:
    return f"/earnings/tax/{year}/"


@pytest.fixture
def paid(ines: User) -> User:
    """Return Inès, who was paid for a ticket and given a tip."""
    sent(settled(sold_order(planned_offer(host=ines)), fee=100))
    earned(ines, EarningSource.TIP, 300, cost=20)
    return ines


def test_statement_says_what_came_and_went(paid: User) -> None:
    page = words(browser(paid).get(at(this_month())))
    assert "Statement in EUR" in page
    assert (
        "Balance before €0.00 Tickets €12.00 €2.00 €0.43 €1.00 €8.57 Tips €3.20 €0.00 €0.20 €0.00 €3.00"
        " Paid out to you −€8.57 Balance at the end €3.00"
    ) in page
    assert "Tickets, Le tour du monde" in page
    assert "€12.00 €2.00 €0.43 €1.00 +€8.57 €8.57 Paid out to you" in page
    assert "−€8.57 €0.00 Tips" in page
    assert "midnight UTC" in page


def test_quiet_month_has_a_statement_too(ines: User) -> None:
    booked(ines, 500, "transfer:x:undo", at=timezone.now() - timedelta(days=80))
    page = words(browser(ines).get(at(month_before(this_month()))))
    assert "Balance before €5.00 Paid out to you €0.00 Balance at the end €5.00" in page
    assert "Nothing was settled or paid out in this month." in page


def test_months_that_are_not_there(paid: User) -> None:
    client, month = browser(paid), this_month()
    for address in (
        at(month_before(month)), at(next_month(month)), at(month, "usd"), at(month, "eu"), at(month, "EUR"),
        f"{STATEMENTS}eur/{month.year}/13/", f"{STATEMENTS}eur/99999/1/", tax(0), tax(month.year + 1), tax(99_999),
    ):  # fmt: skip
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND, address


def test_sealed_day_leads_to_its_seal(ines: User) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    booked(ines, 500, "transfer:x:undo", at=yesterday)
    seal_days(timezone.now())
    client, day = browser(ines), yesterday.astimezone(UTC).date()
    address = f"/ledger/?until={day}"
    assert f'href="{address}"' in client.get(at(month_of(yesterday))).content.decode()
    assert f'datetime="{day}"' in client.get(address).content.decode()
    assert f'datetime="{day}"' not in client.get(f"/ledger/?until={day - timedelta(days=1)}").content.decode()
    assert client.get("/ledger/?until=9999-12-31").status_code == HTTPStatus.OK


def test_file_has_every_entry(paid: User) -> None:
    response = browser(paid, "fr").get(f"{at(this_month())}statement.csv")
    month = this_month()
    name = f"causerie-statement-eur-{month.year}-{month.month:02}.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    rows = list(csv.reader(io.StringIO(response.content.decode().removeprefix(MARK)), delimiter=";"))
    assert [[row[1], *row[4:11]] for row in rows[1:]] == [
        ["Solde avant", "", "", "", "", "", "0,00", "EUR"],
        ["Billets", "12,00", "2,00", "0,43", "1,00", "8,57", "8,57", "EUR"],
        ["Versé à vous", "", "", "", "", "-8,57", "0,00", "EUR"],
        ["Pourboires", "3,20", "0,00", "0,20", "0,00", "3,00", "3,00", "EUR"],
        ["Solde à la fin", "", "", "", "", "", "3,00", "EUR"],
    ]


def test_list_has_every_month_and_year(ines: User) -> None:
    client, month = browser(ines), this_month()
    assert "There is no statement yet" in words(client.get(STATEMENTS))
    booked(ines, 5, "a", at=timezone.now() - timedelta(days=400))
    page = client.get(STATEMENTS).content.decode()
    months, years = (month, month_before(month)), (month.year, month.year - 1)
    for address in (*map(at, months), f"{at(month)}statement.csv", *map(tax, years)):
        assert f'href="{address}"' in page


def test_taxes_say_who_owes_them(paid: User) -> None:
    year = this_month().year
    page = words(browser(paid).get(tax(year)))
    assert "This site sells the tickets and owes this tax" in page
    assert "France 20% 1 €10.00 €2.00 In all, in EUR €10.00 €2.00" in page
    assert "What became yours, in EUR" in page
    rows = browser(paid).get(f"{tax(year)}tax.csv").content.decode().splitlines()
    assert rows[1] == "France,FR,20%,1,10.00,2.00,EUR"


def test_year_without_sales(ines: User) -> None:
    assert "No tickets of yours were paid for in this year." in words(browser(ines).get(tax(this_month().year)))


def test_pages_in_french(paid: User) -> None:
    client, month = browser(paid, "fr"), this_month()
    assert "Relevé en EUR" in words(client.get(at(month)))
    assert "Ce site vend les billets et doit cette taxe" in words(client.get(tax(month.year)))
    assert "Relevés et taxes" in words(client.get(STATEMENTS))


@pytest.mark.parametrize("who", ["malo", "sam"])
def test_everybody_sees_only_their_own(paid: User, malo: User, sam: User, who: str) -> None:
    """Sam is staff: they look in the admin."""
    client = browser({"malo": malo, "sam": sam}[who])
    assert client.get(at(this_month())).status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"{at(this_month())}statement.csv").status_code == HTTPStatus.NOT_FOUND
    assert "There is no statement yet" in words(client.get(STATEMENTS))
    assert "€10.00" not in words(client.get(tax(this_month().year)))


def addresses() -> list[str]:
    month = this_month()
    return [STATEMENTS, at(month), f"{at(month)}statement.csv", tax(month.year), f"{tax(month.year)}tax.csv"]


@pytest.mark.parametrize("number", range(5))
def test_pages_are_private_and_only_read(paid: User, number: int) -> None:
    address = addresses()[number]
    answer = browser(None).get(address)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"/accounts/login/?next={address}")
    assert browser(paid).get(address)["Cache-Control"] == "private, no-store"
    assert browser(paid).post(address).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("number", [1, 50])
def test_number_of_queries_stays(ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(number):
        sent(settled(sold_order(offer_of(a_room(ines)))))
    client, month = browser(ines), this_month()
    client.get(STATEMENTS)
    for address, queries in ((STATEMENTS, 6), (at(month), 14), (tax(month.year), 15)):
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == HTTPStatus.OK
