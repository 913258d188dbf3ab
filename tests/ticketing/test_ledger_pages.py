"""Anybody may see the seals of the ledger, and nothing else of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from ticketing.ledger_digests import FORMAT
from ticketing.models import LedgerDigest
from ticketing.models.ledger import NO_DIGEST
from ticketing.views.ledger import DAYS_IN_FILE, DAYS_ON_PAGE

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)


def seal(count: int) -> None:
    LedgerDigest.objects.bulk_create(
        LedgerDigest(
            day=FIRST + timedelta(days=number),
            after_id=1000 + number,
            last_id=1001 + number,
            entries=1,
            salt="5a" * 16,
            previous=digest_of(number - 1) if number else NO_DIGEST,
            digest=digest_of(number),
        )
        for number in range(count)
    )


def digest_of(number: int) -> str:
    return f"{number + 1:064x}"


def test_programs_read_days_digests_and_nothing_else(client: Client) -> None:
    seal(2)
    answer = client.get("/ledger/digests.json")
    assert answer.json() == {
        "format": FORMAT,
        "digests": [
            {"day": "2026-01-02", "digest": digest_of(1), "previous": digest_of(0)},
            {"day": "2026-01-01", "digest": digest_of(0), "previous": NO_DIGEST},
        ],
        "before": None,
    }
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(("count", "following"), [(DAYS_IN_FILE, None), (DAYS_IN_FILE + 1, "2026-01-02")])
def test_programs_read_a_year_at_a_time(client: Client, count: int, following: str | None) -> None:
    seal(count)
    first = client.get("/ledger/digests.json").json()
    assert (len(first["digests"]), first["before"]) == (DAYS_IN_FILE, following)
    if following:
        rest = client.get("/ledger/digests.json", {"before": following}).json()
        assert ([one["day"] for one in rest["digests"]], rest["before"]) == (["2026-01-01"], None)


@pytest.mark.parametrize("before", ["", "yesterday", "2026-02-30", "0000-00-00"])
def test_day_that_is_none_is_refused(client: Client, before: str) -> None:
    assert client.get("/ledger/digests.json", {"before": before}).status_code == 422


def test_page_shows_the_seals_and_how_many_there_are_before(client: Client) -> None:
    seal(DAYS_ON_PAGE + 1)
    page = client.get("/ledger/").content.decode()
    assert page.count("<code") == DAYS_ON_PAGE
    assert (digest_of(DAYS_ON_PAGE) in page, digest_of(0) in page, "5a" * 16 in page) == (True, False, False)
    assert digest_of(0) in client.get("/ledger/", {"page": 2}).content.decode()


def test_page_without_seals_says_when_there_will_be_one(client: Client) -> None:
    assert "No day is sealed yet" in client.get("/ledger/").content.decode()
    with translation.override("fr"):
        page = client.get("/ledger/", headers={"accept-language": "fr"}).content.decode()
    assert "Aucun jour n’est encore scellé" in page


def test_pages_cost_the_same_for_one_seal_and_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 2):
        LedgerDigest.objects.bulk_create(
            [
                LedgerDigest(
                    day=FIRST + timedelta(days=10 * count + number),
                    after_id=0,
                    last_id=0,
                    entries=0,
                    salt="5a" * 16,
                    previous=digest_of(100 * count + number),
                    digest=digest_of(200 * count + number),
                )
                for number in range(count)
            ]
        )
        with django_assert_num_queries(1):
            client.get("/ledger/digests.json")
        with django_assert_num_queries(2):
            client.get("/ledger/")
