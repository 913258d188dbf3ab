"""The page of getting paid: who sees what, the way to Stripe and back, every state in words, both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.policies.rules import Purpose, Verdict
from accounts.services.policies import make_exception
from creators.models import Payee
from creators.selectors.payees import payee_of, payee_status
from creators.services.payee_looks import look_again
from creators.services.payees import begin
from tests.creators.test_payees import away, stand
from tests.factories.payments import planned_offer
from tests.factories.people import PASSWORD
from tests.ticketing.test_host_pages import browser, words
from ticketing.devstripe import controls

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db

PAGE = "/earnings/payee/"
LOOK, BACK, AGAIN = f"{PAGE}look/", f"{PAGE}back/", f"{PAGE}again/"
STRIPE = "/devstripe/accounts/link/"


def known(person: User, language: str = "en") -> Client:
    """Return a browser in which the person has just typed their password."""
    client = browser(person, language)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def onboard(client: Client, address: str, standing: str) -> Any:
    """Go through devstripe's page; return where the site leads whoever comes back."""
    visit = client.get(urlsplit(address).path)["Location"]
    return client.get(urlsplit(client.post(visit, {"standing": standing})["Location"]).path)


# --- the way there and back ---


def test_newcomer_goes_to_stripe_and_comes_back_paid(ines: User) -> None:
    client = known(ines)
    page = words(client.get(PAGE))
    assert "You cannot be paid yet" in page
    assert "Begin at Stripe" in page
    answer = client.post(PAGE, {"country": "FR"})
    assert (answer.status_code, STRIPE in answer["Location"]) == (HTTPStatus.SEE_OTHER, True)
    back = onboard(client, answer["Location"], "active")
    assert (back.status_code, back["Location"]) == (HTTPStatus.FOUND, PAGE)
    page = words(client.get(PAGE))
    assert "You can be paid Yes" in page
    assert "In EUR, in this country: France" in page
    assert "Begin at Stripe" not in page


def test_whoever_stops_there_goes_on_later_with_another_link(ines: User) -> None:
    client = known(ines)
    first = client.post(PAGE, {"country": "FR"})["Location"]
    onboard(client, first, "document")
    page = words(client.get(PAGE))
    assert "You have begun, and something is missing" in page
    assert "A picture of your passport or identity card" in page
    assert "Go on at Stripe" in page
    assert "Country where you live" not in page
    second = client.post(PAGE)["Location"]
    assert (STRIPE in second, second != first) == (True, True)


def test_link_that_was_used_leads_to_another_one_on_demand(ines: User) -> None:
    client = known(ines)
    link = urlsplit(client.post(PAGE, {"country": "FR"})["Location"]).path
    client.get(link)
    refreshed = client.get(urlsplit(client.get(link)["Location"]).path)
    assert refreshed["Location"] == PAGE
    assert "That way to Stripe was used already" in words(client.get(PAGE))


def test_password_is_asked_again_before_the_way_to_stripe(ines: User) -> None:
    client = browser(ines)
    assert client.get(PAGE).status_code == HTTPStatus.OK
    answer = client.post(PAGE, {"country": "FR"})
    assert answer["Location"] == "/accounts/reauthenticate/?next=%2Fearnings%2Fpayee%2F"
    assert not Payee.objects.exists()
    # What was asked for goes on by itself.
    led = client.post(answer["Location"], {"password": PASSWORD})
    assert (led.status_code, STRIPE in led["Location"]) == (HTTPStatus.SEE_OTHER, True)
    assert Payee.objects.get().country == "FR"


@pytest.mark.parametrize("address", [PAGE, BACK, AGAIN])
def test_visitors_log_in_first(address: str, db: None) -> None:
    answer = browser(None).get(address)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("address", [PAGE, LOOK])
def test_visitors_do_nothing(address: str, db: None) -> None:
    answer = browser(None).post(address, {"country": "FR"})
    assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (HTTPStatus.FOUND, True)
    assert not Payee.objects.exists()


@pytest.mark.parametrize("who", ["malo", "sam"])
def test_others_and_staff_see_and_change_only_their_own(request: pytest.FixtureRequest, ines: User, who: str) -> None:
    payee = stand(begin(ines, country="FR"), "active")
    other = known(request.getfixturevalue(who))
    assert "You cannot be paid yet" in words(other.get(PAGE))
    controls.stand(payee.account, "refused")
    assert [other.post(LOOK)["Location"], other.get(BACK)["Location"]] == [PAGE, PAGE]
    payee.refresh_from_db()
    assert payee.may_be_paid
    other.post(PAGE, {"country": "DE"})
    assert Payee.objects.exclude(pk=payee.pk).get().country == "DE"


@pytest.mark.parametrize(("address", "method"), [(LOOK, "get"), (BACK, "post"), (AGAIN, "post"), (PAGE, "put")])
def test_other_methods_are_refused(ines: User, address: str, method: str) -> None:
    assert getattr(known(ines), method)(address).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_page_is_kept_nowhere(ines: User) -> None:
    assert "no-store" in browser(ines).get(PAGE)["Cache-Control"]


@pytest.mark.parametrize("country", ["", "JP", "<b>"])
def test_country_that_cannot_be_is_said_beside_the_field(ines: User, country: str) -> None:
    answer = known(ines).post(PAGE, {"country": country})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "One answer needs another look" in words(answer)
    assert not Payee.objects.exists()


def test_country_that_stripe_refuses_may_be_chosen_anew(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from ticketing import stripe_gateway as gateway
    from ticketing.errors import PayeeUnsupportedError

    def refuses(*_args: Any, **_options: Any) -> None:
        raise PayeeUnsupportedError

    client = known(ines)
    with monkeypatch.context() as there:
        there.setattr(gateway, "create_account", refuses)
        answer = client.post(PAGE, {"country": "IS"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Stripe sends no money of this currency to that country" in words(answer)
    assert STRIPE in client.post(PAGE, {"country": "FR"})["Location"]


# --- when Stripe is away ---


def test_stripe_away_at_the_beginning(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = known(ines)
    with monkeypatch.context() as there:
        away(there, "create_account")
        assert client.post(PAGE, {"country": "BE"})["Location"] == PAGE
    page = client.get(PAGE)
    assert "Stripe does not answer just now. Nothing is lost: go on in a moment." in words(page)
    # The choice stays chosen.
    assert '<option value="BE" selected>' in page.content.decode()
    assert STRIPE in client.post(PAGE, {"country": "BE"})["Location"]


def test_stripe_away_on_the_way_on_and_back(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payee = stand(begin(ines, country="FR"), "active")
    client = known(ines)
    away(monkeypatch, "create_account_link")
    away(monkeypatch, "retrieve_account")
    assert client.post(PAGE)["Location"] == PAGE
    assert "Stripe does not answer just now. Nothing is lost" in words(client.get(PAGE))
    assert client.get(BACK)["Location"] == PAGE
    assert "What you gave is safe there; look again in a moment." in words(client.get(PAGE))
    payee.refresh_from_db()
    assert payee.may_be_paid


def test_account_that_stripe_does_not_know_is_said(ines: User) -> None:
    begin(ines, country="FR")
    Payee.objects.update(account="acct_gone")
    client = known(ines)
    client.post(LOOK)
    assert "Stripe does not know your account. Write to those who run this site." in words(client.get(PAGE))
    client.post(PAGE)
    assert "Stripe does not go on with this account." in words(client.get(PAGE))


def test_site_without_payments_says_so(ines: User, settings: Settings) -> None:
    settings.DEVSTRIPE = False
    client = known(ines)
    page = words(client.get(PAGE))
    assert "This site pays nobody yet" in page
    assert "Begin at Stripe" not in page
    client.post(PAGE, {"country": "FR"})
    assert "This site does not take payments yet." in words(client.get(PAGE))


# --- states ---


def test_asking_again_shows_what_stripe_says_now(ines: User) -> None:
    payee = begin(ines, country="FR")
    client = browser(ines)
    controls.stand(payee.account, "review")
    assert "You have begun" in words(client.get(PAGE))
    assert client.post(LOOK)["Location"] == PAGE
    page = words(client.get(PAGE))
    assert "Stripe looks at what you have given" in page
    assert "You can be paid Not yet" in page


@pytest.mark.parametrize(
    ("fields", "said", "unsaid"),
    [
        (
            {"transfers": "restricted", "missing": ["identity.individual.given_name", "identity.individual.surname"]},
            ["You can be paid Not yet", "Stripe needs: Your name", "Go on at Stripe"],
            ["Your name Your name", "Some day"],
        ),
        (
            {"transfers": "restricted", "missing": ["identity.of.tomorrow"]},
            ["Stripe needs: Something that Stripe’s page names"],
            ["identity.of.tomorrow"],
        ),
        ({"transfers": "pending"}, ["Stripe looks at what you have given", "See it at Stripe"], ["Stripe needs"]),
        (
            {
                "transfers": "active",
                "missing": ["identity.individual.address.line1"],
                "later": ["identity.individual.id_numbers.0"],
                "deadline": datetime(2026, 12, 24, 12, tzinfo=UTC),
            },
            [
                "You can be paid Yes",
                "Stripe needs by December 24, 2026 , or payments to you stop: Your address",
                "Some day it will need: Your tax or identity number",
            ],
            ["You can be paid Not yet"],
        ),
        (
            {"transfers": "restricted", "missing": ["x"], "active_at": datetime(2026, 1, 1, tzinfo=UTC)},
            ["You can be paid No", "Payments to you are stopped", "Go on at Stripe"],
            ["Not yet"],
        ),
        (
            {"transfers": "rejected"},
            ["You can be paid No", "Stripe refuses to pay you", "write to its support"],
            ["Go on at Stripe", "Begin"],
        ),
        (
            {"transfers": "unsupported"},
            ["You can be paid No", "Stripe sends nothing to your country from here"],
            ["Go on at Stripe", "Begin"],
        ),
        (
            {"transfers": "active", "closed": True},
            [
                "You can be paid No",
                "Your account at Stripe is closed",
                "Begin again at Stripe",
                "Country where you live",
            ],
            ["Ask Stripe again"],
        ),
    ],
)
def test_page_says_each_state(ines: User, fields: dict[str, Any], said: list[str], unsaid: list[str]) -> None:
    Payee.objects.create(
        person=ines, person_key=ines.public_id, account="acct_1", country="FR", currency="eur", **fields
    )
    page = words(browser(ines).get(PAGE))
    assert [line for line in said if line not in page] == []
    assert [line for line in unsaid if line in page] == []


def test_who_may_not_sell_yet_may_be_paid_all_the_same(ines: User, sam: User) -> None:
    make_exception(Purpose.SELL, person=ines, verdict=Verdict.DENY, reason="Why not.", by=sam)
    stand(begin(ines, country="FR"), "active")
    page = words(browser(ines).get(PAGE))
    assert "You may sell tickets Not yet You can be paid Yes" in page
    assert "Your account may not sell tickets here." in page


def test_who_sells_and_cannot_be_paid_is_told_that_money_waits(ines: User, sam: User) -> None:
    offer = planned_offer(host=ines)
    address = f"/rooms/{offer.room.public_id}/tickets/"
    for page in ("/earnings/", address):
        said = words(browser(ines).get(page))
        assert "You cannot be paid yet What you earn is kept for you." in said
        assert f'href="{PAGE}"' in browser(ines).get(page).content.decode()
    # Staff look at the host's page, and it is not they who are paid.
    assert "You cannot be paid yet" not in words(browser(sam).get(address))
    stand(begin(ines, country="FR"), "active")
    assert "You can be paid" not in words(browser(ines).get(address))
    assert "You can be paid What you earn goes to your account" in words(browser(ines).get("/earnings/"))


def test_deadline_is_told_beside_earnings(ines: User) -> None:
    stand(begin(ines, country="FR"), "later")
    Payee.objects.update(deadline=datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert "Stripe needs something of you by December 24, 2026 , or payments to you stop." in words(
        browser(ines).get("/earnings/")
    )


def test_pages_in_french(ines: User) -> None:
    client = known(ines, "fr")
    page = words(client.get(PAGE))
    for line in ("Recevoir vos gains", "Commencer chez Stripe", "Suède", "Pas encore"):
        assert line in page
    stand(begin(ines, country="FR"), "document")
    page = words(client.get(PAGE))
    for line in ("Une photo de votre passeport ou de votre carte d’identité", "Continuer chez Stripe", "France"):
        assert line in page


def test_settings_lead_there(ines: User) -> None:
    assert f'href="{PAGE}"' in browser(ines).get("/settings/").content.decode()


def test_number_of_queries_is_small(ines: User) -> None:
    stand(begin(ines, country="FR"), "active")
    client = browser(ines)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        payee_status(ines)
    assert len(queries) == 1


# --- for whoever pays ---


def test_selector_finds_who_is_paid(ines: User, malo: User) -> None:
    payee = begin(ines, country="FR")
    assert (payee_of(ines), payee_of(malo)) == (payee, None)
    controls.stand(payee.account, "active")
    look_again(payee.pk)
    status = payee_status(ines)
    assert (status.may_be_paid, status.country, status.currency, status.is_awaited) == (True, "France", "EUR", False)
    assert (payee_status(malo).may_be_paid, payee_status(malo).country) == (False, "")
