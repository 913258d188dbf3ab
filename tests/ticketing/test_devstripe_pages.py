"""devstripe's Checkout page as one meets it, without a script: pay, be declined, be asked by the bank, go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.accounts.clock import Clock
from ticketing import stripe_gateway as gateway

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from ticketing.stripe_objects import CheckoutRequest

    Ask = Callable[..., CheckoutRequest]

pytestmark = pytest.mark.django_db

TYPED = {"email": "oliver@example.org", "number": "4242 4242 4242 4242", "country": "FR"}
DECLINED, POOR, ASKS, ALWAYS_ASKS = "4000000000000002", "4000000000009995", "4000002500003155", "4000000000003220"


@pytest.fixture
def session(ask: Ask) -> str:
    return gateway.create_checkout(ask(email="oliver@example.org"), key="a").id


def page(session: str, *, bank: bool = False) -> str:
    return reverse("devstripe:bank" if bank else "devstripe:checkout", args=[session])


def test_page_is_where_the_session_says(session: str) -> None:
    assert gateway.retrieve_checkout(session).url == f"https://causerie.example.org{page(session)}"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Test payments", "€12.00", "Le tour du monde", "A seat", "Germany", "4000 0025 0000 3155"]),
        ("fr", ["Paiements d’essai", "12,00\u00a0€", "Le tour du monde", "Allemagne", "4000 0025 0000 3155"]),
    ],
)
def test_page_says_what_is_paid_and_that_it_is_a_test(
    client: Client, session: str, language: str, words: list[str]
) -> None:
    answer = client.get(page(session), headers={"Accept-Language": language})
    text = answer.content.decode()
    assert [word for word in words if word not in text] == []
    assert ("oliver@example.org" in text, "no-store" in answer["Cache-Control"]) == (True, True)
    assert 'href="https://causerie.example.org/orders/order_1/"' in text


def test_paying_leads_back_with_the_session(client: Client, session: str) -> None:
    answer = client.post(page(session), TYPED)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"https://causerie.example.org/orders/order_1/?session={session}",
    )
    paid = gateway.retrieve_checkout(session)
    assert (paid.is_paid, paid.country) == (True, "FR")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(DECLINED, "This card was declined."), (POOR, "There is too little money behind this card.")],
)
def test_declined_card_says_so_and_another_may_be_tried(
    client: Client, session: str, number: str, sentence: str
) -> None:
    answer = client.post(page(session), TYPED | {"number": number})
    assert (answer.status_code, sentence in answer.content.decode()) == (200, True)
    # What was typed is still there.
    assert 'value="oliver@example.org"' in answer.content.decode()
    payment = gateway.retrieve_checkout(session).payment_intent
    assert payment is not None
    assert gateway.retrieve_payment(payment).status == "requires_payment_method"
    client.post(page(session), TYPED)
    assert gateway.retrieve_checkout(session).payment_intent == payment
    assert gateway.retrieve_checkout(session).is_paid


@pytest.mark.parametrize("number", [ASKS, ALWAYS_ASKS])
def test_bank_asks_and_is_answered(client: Client, session: str, number: str) -> None:
    answer = client.post(page(session), TYPED | {"number": number})
    assert answer["Location"] == page(session, bank=True)
    assert number[-4:] in client.get(page(session, bank=True)).content.decode()
    answer = client.post(page(session, bank=True), {"answer": "good"})
    assert answer["Location"] == f"https://causerie.example.org/orders/order_1/?session={session}"
    assert gateway.retrieve_checkout(session).is_paid


def test_bank_that_says_no_leaves_the_checkout_open(client: Client, session: str) -> None:
    client.post(page(session), TYPED | {"number": ASKS})
    answer = client.post(page(session, bank=True), {"answer": "bad"})
    assert "Your bank did not confirm that it was you." in answer.content.decode()
    assert gateway.retrieve_checkout(session).status == "open"
    # The question is answered: it cannot be answered otherwise afterwards.
    assert client.post(page(session, bank=True), {"answer": "good"})["Location"] == page(session)
    client.post(page(session), TYPED)
    assert gateway.retrieve_checkout(session).is_paid


def test_question_that_nobody_asked_leads_to_the_page(client: Client, session: str) -> None:
    assert client.get(page(session, bank=True))["Location"] == page(session)


@pytest.mark.parametrize(
    "wrong",
    [{"number": "4111 1111 1111 1111"}, {"number": ""}, {"email": "oliver"}, {"country": ""}, {"country": "ZZ"}],
)
def test_wrong_field_is_named_and_nothing_is_paid(client: Client, session: str, wrong: dict[str, str]) -> None:
    answer = client.post(page(session), TYPED | wrong)
    assert list(answer.context["form"].errors) == list(wrong)
    assert gateway.retrieve_checkout(session).payment_intent is None


def test_card_is_filled_in_without_paying(client: Client, session: str) -> None:
    answer = client.post(page(session), TYPED | {"number": "", "fill": ASKS})
    text = answer.content.decode()
    assert ('value="4000 0025 0000 3155"' in text, 'value="FR" selected' in text) == (True, True)
    assert (answer.context["form"].errors, gateway.retrieve_checkout(session).payment_intent) == ({}, None)


def test_enter_in_a_field_pays_and_fills_nothing_in(client: Client, session: str) -> None:
    """A browser presses the form's first button."""
    text = client.get(page(session)).content.decode()
    assert text.index("Pay €12.00") < text.index('name="fill"')


def test_closed_checkout_says_so(client: Client, ask: Ask, session: str) -> None:
    gateway.expire_checkout(session, key="b")
    for answer in (client.get(page(session)), client.post(page(session), TYPED), client.get(page(session, bank=True))):
        assert "This payment is closed" in answer.content.decode()
    paid = gateway.create_checkout(ask(), key="c").id
    client.post(page(paid), TYPED)
    assert "This is paid" in client.get(page(paid)).content.decode()


def test_checkout_expires_while_the_page_is_open(client: Client, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get(page(session))
    clock = Clock()
    clock.moment = timezone.now()
    monkeypatch.setattr(timezone, "now", clock)
    clock.on(minutes=32)
    assert "This payment is closed" in client.post(page(session), TYPED).content.decode()
    assert gateway.retrieve_checkout(session).payment_intent is None


def test_unknown_checkout_is_not_found(client: Client) -> None:
    assert [client.get(page("cs_test_none", bank=bank)).status_code for bank in (False, True)] == [404, 404]


def test_what_the_shop_wrote_stays_text(client: Client, ask: Ask) -> None:
    from ticketing.stripe_objects import CheckoutItem

    item = CheckoutItem("<script>alert(1)</script>", 1_200, "eur", "<b>")
    session = gateway.create_checkout(ask(item=item), key="a").id
    assert "<script>alert" not in client.get(page(session)).content.decode()
