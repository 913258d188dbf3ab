"""The fund's pages: what everybody sees names nobody, a share is its creator's alone, and its files check out."""

from __future__ import annotations

import hashlib
import io
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from creators.enums import AppealState, ApplicationState
from creators.fund import allocation as allocations
from creators.fund import snapshot as snapshots
from creators.models import Appeal, Application, Period, PeriodSnapshot, Programme
from creators.services.fund_appeals import reckon_again
from creators.services.fund_applications import accept, refuse
from creators.services.fund_programmes import close_programme, make_programme
from tests.factories.funding import after_appeals, first_period, joined, opened, plan, published, source, tried
from tests.ticketing.test_host_pages import words

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


def browser(person: User | None = None, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    if person is not None:
        # A page speaks its reader's language.
        User.objects.filter(pk=person.pk).update(language=language)
        client.force_login(User.objects.get(pk=person.pk))
    return client


@pytest.fixture(autouse=True)
def minutes(settings: Settings) -> None:
    settings.FUND_LISTENING = "tests.factories.funding.no_minutes"


@pytest.fixture
def period(ines: User, malo: User, oliver: User, yara: User, sam: User) -> Period:
    """Return a published period in which Oliver and Yara heard Inès, Yara also Malo."""
    programme = opened(formula="pro_rata", budget=1_001, total=4_000)
    joined(programme, ines)
    joined(programme, malo)
    period = first_period(programme)
    known = {
        (ines.public_id, oliver.public_id): 600,
        (ines.public_id, yara.public_id): 60,
        (malo.public_id, yara.public_id): 340,
    }
    published(period, source(known), by=sam)
    return period


def at(programme: Programme, rest: str = "") -> str:
    return f"/fund/{programme.public_id}/{rest}"


def test_public_page_says_what_there_is_and_names_nobody(
    period: Period, ines: User, malo: User, oliver: User, yara: User, sam: User
) -> None:
    answer = browser().get(at(period.programme))
    page = words(answer)
    assert "Budget of a period €10.01" in page
    assert "shared out by the verified minutes" in page
    assert "Creators with a share 2 Budget €10.01 Given €10.01 Left in the budget €0.00" in page
    snapshot = period.snapshots.get()
    assert snapshot.digest in page
    assert snapshot.allocation.digest in page
    # One of them stands at the foot of every page.
    assert answer.content.decode().count('href="/ledger/"') == 2
    names = {
        text
        for person in (ines, malo, oliver, yara, sam)
        for text in (person.public_id, person.handle, person.display_name, person.email)
    } | {receipt[1] for receipt in snapshots.read(snapshot.text.encode()).receipts}
    body = answer.content.decode()
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", body, re.IGNORECASE)] == []


def test_files_name_no_listener(period: Period, ines: User, oliver: User, yara: User, sam: User) -> None:
    client = browser(ines)
    for kind in ("snapshot", "allocation"):
        body = client.get(at(period.programme, f"1/1/{kind}.json")).content.decode()
        for person in (oliver, yara, sam):
            for name in (person.public_id, person.handle, person.email, str(person.display_name)):
                assert not re.search(rf"\b{re.escape(name)}\b", body, re.IGNORECASE), name


def test_files_of_the_page_are_verified_to_the_cent(period: Period, ines: User, tmp_path: Path) -> None:
    client = browser(ines)
    paths = {}
    for kind in ("snapshot", "allocation"):
        answer = client.get(at(period.programme, f"1/1/{kind}.json"))
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "private, no-store")
        paths[kind] = tmp_path / f"{kind}.json"
        paths[kind].write_bytes(answer.content)
        assert hashlib.sha256(answer.content).hexdigest() in words(browser().get(at(period.programme)))
    out = io.StringIO()
    call_command("fund_verify", str(paths["snapshot"]), against=paths["allocation"], stdout=out)
    assert "The published allocation is the computed one." in out.getvalue()
    shares = allocations.allocate(snapshots.read(paths["snapshot"].read_bytes())).shares
    stored = dict(period.snapshots.get().allocation.shares.values_list("creator_key", "minor"))
    assert {share.creator: share.minor for share in shares} == stored
    assert sum(stored.values()) == 1_001


def test_share_is_its_creators_alone(period: Period, ines: User, oliver: User, sam: User) -> None:
    pages = ["1/", "1/1/snapshot.json", "1/1/allocation.json"]
    for rest in pages:
        assert browser(ines).get(at(period.programme, rest)).status_code == HTTPStatus.OK
        for other in (oliver, sam):
            assert browser(other).get(at(period.programme, rest)).status_code == HTTPStatus.NOT_FOUND
        assert browser().get(at(period.programme, rest)).status_code == HTTPStatus.FOUND
    for missing in ("2/", "1/2/snapshot.json", "1/0/allocation.json", "9/"):
        assert browser(ines).get(at(period.programme, missing)).status_code == HTTPStatus.NOT_FOUND


def test_share_with_its_reasons(period: Period, malo: User) -> None:
    page = words(browser(malo).get(at(period.programme, "1/")))
    assert "€3.40" in page
    assert "Rounded down to the last unit that can be paid." in page
    assert "You can appeal until" in page
    french = words(browser(malo, "fr").get(at(period.programme, "1/")))
    assert "Arrondi" in french


def test_dry_run_is_seen_by_nobody_outside(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    allocation = tried(period)
    for client in (browser(), browser(ines)):
        page = words(client.get(at(programme)))
        assert allocation.digest not in page
        assert "Creators with a share" not in page
    assert browser(ines).get(at(programme, "1/")).status_code == HTTPStatus.NOT_FOUND


def test_appeal_from_the_page(period: Period, malo: User) -> None:
    client = browser(malo)
    address = at(period.programme, "1/")
    assert client.post(address, {"words": " "}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.post(address, {"words": "Thursday is missing."}).status_code == HTTPStatus.FOUND
    appeal = Appeal.objects.get()
    assert (appeal.person, appeal.state, appeal.words) == (malo, AppealState.SENT, "Thursday is missing.")
    page = words(client.get(address))
    assert "Your appeal Thursday is missing." in page
    assert "Is something wrong?" not in page
    assert client.post(address, {"words": "Again."}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_nobody_is_asked_for_an_appeal_once_it_is_late(period: Period, ines: User) -> None:
    after_appeals(period)
    client = browser(ines)
    assert "Is something wrong?" not in words(client.get(at(period.programme, "1/")))
    assert client.post(at(period.programme, "1/"), {"words": "Late."}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Appeal.objects.exists()


def test_each_version_has_its_digests(period: Period, ines: User, malo: User, oliver: User, sam: User) -> None:
    known = source({(malo.public_id, oliver.public_id): 60})
    reckon_again(period.pk, why="Bought minutes.", by=sam, source=known)
    page = words(browser().get(at(period.programme)))
    for snapshot in PeriodSnapshot.objects.all():
        assert snapshot.digest in page
        assert snapshot.allocation.digest in page
    assert "Version 2 (this one counts)" in page
    assert "Bought minutes" not in page
    assert "€0.00" in words(browser(ines).get(at(period.programme, "1/")))


def test_applying(ines: User, sam: User) -> None:
    programme = opened(min_age=18)
    client = browser(ines)
    assert "Apply" in words(client.get(at(programme)))
    form = client.get(at(programme, "apply/"))
    assert "I am at least 18 years old." in words(form)
    assert client.post(at(programme, "apply/"), {"words": "I host."}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    sent = client.post(at(programme, "apply/"), {"words": "I host.", "is_of_age": "on"})
    assert (sent.status_code, sent["Location"]) == (HTTPStatus.FOUND, at(programme))
    application = Application.objects.get()
    assert (application.person, application.words, application.is_of_age) == (ines, "I host.", True)
    assert "Your application is being looked at" in words(client.get(at(programme)))
    assert client.get(at(programme, "apply/")).status_code == HTTPStatus.FOUND
    accept(application.pk, by=sam)
    assert "You are in it" in words(client.get("/fund/"))
    refuse(application.pk, reason="Bought followers.", by=sam)
    assert "Your application was refused: Bought followers." in words(client.get(at(programme)))


def test_what_is_missing_is_shown(ines: User) -> None:
    programme = opened(min_followers=5_000, rooms_per_week=2)
    client = browser(ines)
    page = words(client.get(at(programme, "apply/")))
    assert "Something is still missing" in page
    assert "0 of 5,000 followers missing" in page
    assert "In the last four weeks you held 0 rooms that would count." in page
    assert "Send the application" not in page
    assert client.post(at(programme, "apply/"), {"words": "I host."}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Application.objects.exists()


def test_taking_back(ines: User) -> None:
    programme = opened()
    joined(programme, ines)
    client = browser(ines)
    assert client.get(at(programme, "withdraw/")).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post(at(programme, "withdraw/"))["Location"] == at(programme)
    assert Application.objects.get().state == ApplicationState.WITHDRAWN
    assert "Your application is taken back." in words(client.get(at(programme)))
    client.post(at(programme, "withdraw/"))
    assert "This application has moved on meanwhile." in words(client.get(at(programme)))


def test_guests_are_asked_to_log_in() -> None:
    programme = opened()
    for rest in ("apply/", "1/"):
        assert browser().get(at(programme, rest))["Location"].startswith("/accounts/login/")
    assert browser().post(at(programme, "withdraw/")).status_code == HTTPStatus.FOUND


def test_drafts_and_wrong_addresses_are_not_there(ines: User) -> None:
    draft = make_programme(plan(), by=None)
    client = browser(ines)
    for address in (at(draft), at(draft, "apply/"), at(draft, "1/"), "/fund/nothing/", "/fund/%00/"):
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND, address
    assert client.post(at(draft, "withdraw/")).status_code == HTTPStatus.NOT_FOUND
    assert "There is no programme yet" in words(client.get("/fund/"))


def test_list_of_programmes(ines: User) -> None:
    close_programme(opened(name="Winter").pk)
    opened(name="Spring")
    page = words(browser(ines).get("/fund/"))
    assert page.index("Spring") < page.index("Winter")
    assert "Open for applications" in page
    assert "Closed" in page


def test_closed_programme_takes_no_applications(ines: User) -> None:
    programme = opened()
    close_programme(programme.pk)
    client = browser(ines)
    assert client.post(at(programme, "apply/"), {"words": "I host."})["Location"] == at(programme)
    assert not Application.objects.exists()


def test_pages_in_french(ines: User) -> None:
    programme = opened(min_followers=5_000, rooms_per_week=2, min_age=18, creator_cap=500)
    client = browser(ines, "fr")
    page = words(client.get(at(programme)))
    assert "Chaque créateur reçoit" in page
    assert "Il manque encore quelque chose" in words(client.get(at(programme, "apply/")))


def test_page_asks_the_same_of_few_and_many_periods(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    short, long = opened(number_of_periods=1), opened(number_of_periods=30, total=300_000)
    client = browser()
    client.get("/fund/")
    with django_assert_num_queries(3):
        client.get(at(short))
    with django_assert_num_queries(3):
        client.get(at(long))
