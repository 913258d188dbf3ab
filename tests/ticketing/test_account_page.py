"""devstripe's page for owners of connected accounts as one meets it: a link once, a choice, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.accounts.clock import Clock
from tests.ticketing.connected import REFRESH, RETURN, account, key, link
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls, onboarding
from ticketing.errors import PaymentRefusedError

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def owned() -> str:
    return account()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


def page_of(client: Client, owned: str) -> str:
    """Open a link and return the page to which it leads."""
    return str(client.get(urlsplit(link(owned)).path)["Location"])


def test_link_is_where_its_owner_came_from(client: Client, owned: str) -> None:
    assert link(owned).startswith("https://causerie.example.org/devstripe/accounts/link/")
    assert client.get(page_of(client, owned)).status_code == 200


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Test payments", "Be paid", "in this country: France", "Still missing", "It is refused for good"]),
        ("fr", ["Paiements d’essai", "Recevoir vos gains", "dans ce pays\u00a0: France", "Il manque encore"]),
    ],
)
def test_page_says_what_is_missing(client: Client, owned: str, language: str, words: list[str]) -> None:
    answer = client.get(page_of(client, owned), headers={"Accept-Language": language})
    text = answer.content.decode()
    assert [word for word in words if word not in text] == []
    assert ("identity.individual.surname" in text, "no-store" in answer["Cache-Control"]) == (True, True)


@pytest.mark.parametrize(
    ("choice", "transfers"),
    [
        ("active", "active"),
        ("document", "restricted"),
        ("review", "pending"),
        ("refused", "rejected"),
        ("later", "active"),
    ],
)
def test_choice_is_what_becomes_of_it(client: Client, owned: str, choice: str, transfers: str) -> None:
    answer = client.post(page_of(client, owned), {"standing": choice})
    assert (answer.status_code, answer["Location"]) == (302, RETURN)
    assert gateway.retrieve_account(owned).transfers == transfers
    assert controls.latest(1)[0][1] == "v2.core.account_link.returned"


def test_going_back_changes_nothing(client: Client, owned: str) -> None:
    before = gateway.retrieve_account(owned)
    assert client.post(page_of(client, owned))["Location"] == RETURN
    assert gateway.retrieve_account(owned) == before


def test_link_is_used_once(client: Client, owned: str) -> None:
    path = urlsplit(link(owned)).path
    # A mail program that looks whether it is there has not used it.
    assert client.head(path).status_code == 405
    assert client.get(path)["Location"].startswith("/devstripe/accounts/")
    assert client.get(path)["Location"] == REFRESH


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(onboarding.LINK_SECONDS - 1, True), (onboarding.LINK_SECONDS, False), (onboarding.LINK_SECONDS + 1, False)],
)
def test_link_lasts_some_minutes(client: Client, owned: str, clock: Clock, seconds: int, good: bool) -> None:
    path = urlsplit(link(owned)).path
    clock.on(seconds=seconds)
    assert (client.get(path)["Location"] != REFRESH) == good


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(onboarding.VISIT_SECONDS - 1, 200), (onboarding.VISIT_SECONDS, 302), (onboarding.VISIT_SECONDS + 1, 302)],
)
def test_visit_ends_after_an_hour(client: Client, owned: str, clock: Clock, seconds: int, status: int) -> None:
    page = page_of(client, owned)
    clock.on(seconds=seconds)
    assert client.get(page).status_code == status


def test_page_that_was_left_leads_to_a_fresh_link(client: Client, owned: str) -> None:
    page = page_of(client, owned)
    client.post(page, {"standing": "active"})
    assert [client.get(page)["Location"], client.post(page, {"standing": "refused"})["Location"]] == [REFRESH] * 2
    assert gateway.retrieve_account(owned).transfers == "active"


def test_account_closed_meanwhile_leads_back(client: Client, owned: str) -> None:
    page = page_of(client, owned)
    controls.close_account(owned)
    assert client.post(page, {"standing": "active"})["Location"] == REFRESH
    with pytest.raises(PaymentRefusedError):
        link(owned)


def test_choice_that_there_is_not_is_refused(client: Client, owned: str) -> None:
    page = page_of(client, owned)
    assert client.post(page, {"standing": "rich"}).status_code == 409
    assert client.get(page).status_code == 200


def test_without_a_way_back_it_leads_to_a_fresh_link(client: Client, owned: str) -> None:
    from ticketing.stripe_gateway.client import client as stripe_client

    made = stripe_client().v2.core.account_links.create(
        {"account": owned, "use_case": {"type": "account_update", "account_update": {"refresh_url": REFRESH}}},
        {"idempotency_key": key()},
    )
    page = client.get(urlsplit(made.url).path)["Location"]
    assert client.post(page, {"standing": "active"})["Location"] == REFRESH


def test_unknown_link_and_page_are_not_found(client: Client) -> None:
    addresses = [reverse("devstripe:account-link", args=["alu_1"]), reverse("devstripe:account", args=["visit_1"])]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
