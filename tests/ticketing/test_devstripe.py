"""devstripe itself: its cards, fees, clock, disputes, its checks of what it is asked, and two processes at once."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone

from tests.accounts.clock import Clock
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import balance, checkout, controls, routes
from ticketing.devstripe.cards import CARDS, PAYMENT_METHODS, card_numbered, named_card
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.store import opened
from ticketing.devstripe.validation import _fields as fields
from ticketing.devstripe.validation import read_form

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from ticketing.stripe_objects import CheckoutRequest

    Ask = Callable[..., CheckoutRequest]

GOOD, DECLINED, ASKS, DISPUTED = (
    CARDS[number] for number in ("4242424242424242", "4000000000000002", "4000002500003155", "4000000000000259")
)


def pay(session: str, number: str = GOOD.number) -> None:
    with opened() as store:
        checkout.pay(store, session, CARDS[number], email="oliver@example.org", country="FR")


def told() -> list[str]:
    """Return the types of all events, oldest first."""
    return [kind for _event, kind, _about in reversed(controls.latest(100))]


def test_paid_checkout_leads_to_payment_charge_and_fee(ask: Ask) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    pay(session)
    found = gateway.retrieve_checkout(session)
    payment = gateway.retrieve_payment(found.payment_intent or "")
    charge = gateway.retrieve_charge(payment.charge or "")
    assert (found.status, found.is_paid, found.url, found.country) == ("complete", True, None, "FR")
    assert (payment.is_paid, payment.metadata, payment.transfer_group) == (True, {"order": "order_1"}, "room_1")
    assert (charge.billing_country, charge.transfer_group) == ("FR", "room_1")
    assert charge.balance is not None
    # 1.5 % of 12 euros and a quarter.
    assert (charge.balance.amount, charge.balance.fee, charge.balance.net) == (1_200, 43, 1_157)
    assert told() == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.mark.parametrize(("amount", "fee"), [(100, 27), (33, 25), (34, 26), (99_900, 1_524)])
def test_fee_is_rounded_to_the_nearest_cent(amount: int, fee: int) -> None:
    assert balance.fee_of(amount) == fee


def test_fee_is_a_setting(settings: Settings) -> None:
    settings.DEVSTRIPE_FEE_BASIS_POINTS, settings.DEVSTRIPE_FEE_FIXED = 290, 30
    assert balance.fee_of(10_000) == 320


def test_declined_card_leaves_the_checkout_open(ask: Ask) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    with opened() as store, pytest.raises(ApiError) as refused:
        checkout.pay(store, session, DECLINED, email="oliver@example.org", country="FR")
    assert (refused.value.status, gateway.retrieve_checkout(session).status) == (402, "open")
    pay(session)
    assert gateway.retrieve_checkout(session).is_paid
    assert told()[:2] == ["charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize(("good", "status"), [(True, "complete"), (False, "open")])
def test_3d_secure_asks_first(ask: Ask, good: bool, status: str) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    pay(session, ASKS.number)
    waiting = gateway.retrieve_checkout(session)
    assert (waiting.status, gateway.retrieve_payment(waiting.payment_intent or "").status) == (
        "open",
        "requires_action",
    )
    with opened() as store:
        checkout.answer(store, session, ASKS, good=good)
    assert gateway.retrieve_checkout(session).status == status


def test_checkout_expires_by_the_clock(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    session = gateway.create_checkout(ask(), key="a").id
    clock.on(minutes=31, seconds=-1)
    assert gateway.retrieve_checkout(session).status == "open"
    clock.on(seconds=1)
    assert gateway.retrieve_checkout(session).status == "expired"
    with pytest.raises(ApiError, match="no longer open"):
        pay(session)
    assert told() == ["checkout.session.expired"]


def test_expiring_what_was_just_paid_says_that_it_is_paid(ask: Ask) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    pay(session)
    assert gateway.expire_checkout(session, key="b").is_paid


def test_checkout_is_paid_once(ask: Ask) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    pay(session)
    with pytest.raises(ApiError, match="no longer open"):
        pay(session)
    assert len(gateway.list_balance(since=timezone.now() - timedelta(hours=1)).rows) == 1


@pytest.mark.parametrize(("outcome", "brought_back"), [("won", [1_200]), ("lost", [])])
def test_dispute_takes_the_money_until_it_is_decided(ask: Ask, outcome: str, brought_back: list[int]) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    pay(session, DISPUTED.number)
    payment = gateway.retrieve_checkout(session).payment_intent or ""
    dispute = next(about for _event, kind, about in controls.latest(9) if kind == "charge.dispute.created")
    opened_one = gateway.retrieve_dispute(dispute)
    assert (opened_one.status, opened_one.amount, opened_one.payment_intent) == ("needs_response", 1_200, payment)
    assert gateway.retrieve_charge(opened_one.charge).disputed
    controls.close_dispute(dispute, outcome)
    rows = gateway.list_balance(since=timezone.now() - timedelta(hours=1)).rows
    assert gateway.retrieve_dispute(dispute).status == outcome
    assert [(row.amount, row.fee) for row in reversed(rows)] == [
        (1_200, 43),
        (-1_200, 2_000),
        *[(amount, 0) for amount in brought_back],
    ]
    with pytest.raises(ApiError, match="already closed"):
        controls.close_dispute(dispute, outcome)


def test_event_is_found_again(ask: Ask) -> None:
    session = gateway.create_checkout(ask(), key="a").id
    gateway.expire_checkout(session, key="b")
    event, kind, about = controls.latest(1)[0]
    hint = gateway.retrieve_event(event)
    assert (hint.id, hint.type, hint.object_id, hint.livemode) == (event, kind, about, False)
    assert (kind, about) == ("checkout.session.expired", session)


def test_key_is_forgotten_after_a_day(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    request = ask(expires_at=clock() + timedelta(hours=24))
    first = gateway.create_checkout(request, key="a").id
    clock.on(hours=23)
    assert gateway.create_checkout(request, key="a").id == first
    clock.on(hours=1, seconds=1)
    later = ask(expires_at=clock() + timedelta(hours=1))
    assert gateway.create_checkout(later, key="a").id != first


def test_request_that_was_wrong_may_be_mended_under_its_key() -> None:
    with opened() as store:
        wrong = routes.answer(store, "post", "/v1/payment_intents", "amount=x&currency=eur", key="a")
        right = routes.answer(store, "post", "/v1/payment_intents", "amount=1200&currency=eur", key="a")
    assert (wrong[0], right[0]) == (400, 200)


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("amount=1200&currency=eur&tip=3", "parameter_unknown", "tip"),
        (
            "amount=1200&currency=eur&payment_method_options[card][tip]=3",
            "parameter_unknown",
            "payment_method_options[card][tip]",
        ),
        ("amount=12.5&currency=eur", "parameter_invalid_integer", "amount"),
        ("currency=eur", "parameter_missing", "amount"),
        ("amount=1200&currency=eur&confirm=yes", None, "confirm"),
        ("amount=1200&currency=eur&capture_method=now", None, "capture_method"),
        ("amount=1200&currency=eur&allowed_payment_method_types=card", None, "allowed_payment_method_types"),
        ("amount=49&currency=eur", "amount_too_small", "amount"),
    ],
)
def test_wrong_parameter_is_refused_by_name(form: str, code: str | None, param: str) -> None:
    with opened() as store:
        status, body = routes.answer(store, "post", "/v1/payment_intents", form, key=None)
    error = json.loads(body)["error"]
    assert (status, error.get("code"), error.get("param")) == (400, code, param)


def test_every_type_of_the_sdk_that_we_check_with_resolves() -> None:
    assert [bool(fields(route.shape)) or route.shape.__name__ for route in routes.ROUTES] == [True] * len(routes.ROUTES)


def test_form_is_read_as_the_sdk_writes_it() -> None:
    assert read_form("a=1&b[c]=2&d[0][e]=3&d[1][e]=4&f[]=5&f[]=6") == {
        "a": "1",
        "b": {"c": "2"},
        "d": [{"e": "3"}, {"e": "4"}],
        "f": ["5", "6"],
    }


def test_only_test_cards_are_known() -> None:
    assert [card_numbered(number) for number in ("4242 4242 4242 4242", "4111111111111111")] == [GOOD, None]
    assert [named_card(method).number for method in PAYMENT_METHODS] == list(PAYMENT_METHODS.values())
    with pytest.raises(ApiError):
        named_card("pm_real")


_ANOTHER = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django; django.setup()
from pathlib import Path
from django.conf import settings
settings.DEVSTRIPE_FILE = Path(sys.argv[1])
from ticketing import stripe_gateway as gateway
from ticketing.stripe_gateway.client import client
params = {"amount": 1200, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
for n in range(int(sys.argv[3])):
    payment = client().v1.payment_intents.create(params, {"idempotency_key": f"shared_{n}"}).id
    print(payment, gateway.create_refund(payment, amount=100, key=f"{sys.argv[2]}_{n}").id)
"""


def test_two_processes_use_it_at_once(devstripe: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _ANOTHER, str(devstripe), name, "15"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
        )
        for name in ("web", "jobs")
    ]
    printed = [process.communicate(timeout=100)[0].split() for process in started]
    payments = [words[0::2] for words in printed]
    refunds = {refund for words in printed for refund in words[1::2]}
    # The same keys made the same payments for both; each gave back its own part of each.
    assert (payments[0] == payments[1], len(set(payments[0])), len(refunds)) == (True, 15, 30)
    rows = gateway.list_balance(since=timezone.now() - timedelta(hours=1)).rows
    assert sum(row.amount for row in rows) == 15 * (1_200 - 200)
