"""What passing money on relies on, held against devstripe and, with its keys in the environment, a sandbox of Stripe.

STRIPE_TEST_SECRET_KEY as for payments; for transfers STRIPE_TEST_ACCOUNT, an onboarded recipient of that sandbox.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.ticketing.connected import REFRESH, RETURN, account_request, key, link, paid, transfer_request
from ticketing import stripe_gateway as gateway
from ticketing.errors import (
    BalanceTooLowError,
    PayeeNotReadyError,
    PaymentConflictError,
    PaymentMissingError,
    PaymentRefusedError,
    ReversalTooLargeError,
    TransferTooLargeError,
)

pytestmark = pytest.mark.usefixtures("either_stripe")


def test_account_begins_without_what_stripe_wants_to_know() -> None:
    made = gateway.create_account(account_request(), key=key())
    assert (made.id[:5], made.country, made.currency, made.closed, made.may_be_paid) == (
        "acct_",
        "FR",
        "eur",
        False,
        False,
    )
    assert (made.transfers, made.metadata) == ("restricted", {"creator": "c_1"})
    assert made.missing
    assert replace(gateway.retrieve_account(made.id), deadline=None) == replace(made, deadline=None)


def test_same_key_makes_one_account() -> None:
    once = key()
    assert len({gateway.create_account(account_request(), key=once).id for _ in range(2)}) == 1


def test_same_key_for_another_account_is_a_conflict() -> None:
    once = key()
    gateway.create_account(account_request(), key=once)
    with pytest.raises(PaymentConflictError):
        gateway.create_account(account_request(country="DE"), key=once)


@pytest.mark.parametrize("country", ["", "F", "FRA", "12"])
def test_account_in_no_country_is_refused(country: str) -> None:
    with pytest.raises(PaymentRefusedError):
        gateway.create_account(account_request(country=country), key=key())


def test_unknown_account_is_missing() -> None:
    with pytest.raises(PaymentMissingError):
        gateway.retrieve_account("acct_1None")
    with pytest.raises(PaymentRefusedError):
        link("acct_1None")


@pytest.mark.parametrize("use_case", ["account_onboarding", "account_update"])
def test_link_leads_on_for_some_minutes(use_case: str) -> None:
    made = gateway.create_account(account_request(), key=key())
    found = gateway.create_account_link(made.id, use_case, return_url=RETURN, refresh_url=REFRESH, key=key())  # type: ignore[arg-type]
    assert found.url.startswith("https://")
    assert timedelta() < found.expires_at - timezone.now() < timedelta(hours=1)


def test_transfer_to_an_account_that_is_not_ready_is_refused() -> None:
    made = gateway.create_account(account_request(), key=key())
    with pytest.raises(PayeeNotReadyError):
        gateway.create_transfer(transfer_request(made.id, charge=paid()), key=key())


def test_transfer_to_nobody_is_missing() -> None:
    with pytest.raises(PaymentMissingError) as missing:
        gateway.create_transfer(transfer_request("acct_1None", charge=paid()), key=key())
    assert missing.value.param == "destination"


def test_transfer_out_of_a_charge_says_all_of_it(payee: str) -> None:
    charge, group = paid(), key()
    made = gateway.create_transfer(transfer_request(payee, 1_000, charge=charge, group=group), key=key())
    assert (made.id[:3], made.amount, made.reversed, made.currency) == ("tr_", 1_000, 0, "eur")
    assert (made.destination, made.charge, made.group, made.metadata) == (payee, charge, group, {"transfer": "t_1"})
    assert made.balance is not None
    line = made.balance
    assert (line.type, line.amount, line.fee, line.source) == ("transfer", -1_000, 0, made.id)
    assert gateway.retrieve_transfer(made.id) == made
    assert gateway.list_transfers(group) == (made,)


def test_same_key_transfers_once(payee: str) -> None:
    charge, once = paid(), key()
    request = transfer_request(payee, charge=charge)
    assert len({gateway.create_transfer(request, key=once).id for _ in range(3)}) == 1
    with pytest.raises(PaymentConflictError):
        gateway.create_transfer(replace(request, amount=999), key=once)


@pytest.mark.parametrize(("second", "fits"), [(199, True), (200, True), (201, False)])
def test_charge_is_passed_on_until_nothing_is_left(payee: str, second: int, fits: bool) -> None:
    charge = paid(1_200)
    gateway.create_transfer(transfer_request(payee, 1_000, charge=charge), key=key())
    request = transfer_request(payee, second, charge=charge)
    if fits:
        assert gateway.create_transfer(request, key=key()).amount == second
    else:
        with pytest.raises(TransferTooLargeError):
            gateway.create_transfer(request, key=key())


def test_more_than_the_balance_is_refused(payee: str) -> None:
    with pytest.raises(BalanceTooLowError):
        gateway.create_transfer(transfer_request(payee, 99_999_999), key=key())


@pytest.mark.parametrize("amount", [0, -1])
def test_transfer_of_nothing_is_refused(payee: str, amount: int) -> None:
    with pytest.raises(PaymentRefusedError) as refused:
        gateway.create_transfer(transfer_request(payee, amount, charge=paid()), key=key())
    assert refused.value.param == "amount"


def test_unknown_transfer_is_missing() -> None:
    for call in (
        lambda: gateway.retrieve_transfer("tr_none"),
        lambda: gateway.list_reversals("tr_none"),
        lambda: gateway.create_reversal("tr_none", amount=1, key=key()),
    ):
        with pytest.raises(PaymentMissingError):
            call()


def test_transfer_is_taken_back_in_parts_until_nothing_is_left(payee: str) -> None:
    made = gateway.create_transfer(transfer_request(payee, 1_000, charge=paid()), key=key())
    first = gateway.create_reversal(made.id, amount=400, key=key(), metadata={"refund": "r_1"})
    assert (first.id[:4], first.transfer, first.amount, first.currency, first.metadata) == (
        "trr_",
        made.id,
        400,
        "eur",
        {"refund": "r_1"},
    )
    assert first.balance is not None
    assert (first.balance.type, first.balance.amount, first.balance.source) == ("transfer_refund", 400, first.id)
    with pytest.raises(ReversalTooLargeError):
        gateway.create_reversal(made.id, amount=601, key=key())
    second = gateway.create_reversal(made.id, amount=600, key=key())
    with pytest.raises(ReversalTooLargeError):
        gateway.create_reversal(made.id, amount=1, key=key())
    assert (gateway.retrieve_transfer(made.id).reversed, gateway.list_reversals(made.id)) == (1_000, (second, first))


def test_same_key_takes_back_once(payee: str) -> None:
    made, once = gateway.create_transfer(transfer_request(payee, charge=paid()), key=key()), key()
    assert len({gateway.create_reversal(made.id, amount=400, key=once).id for _ in range(3)}) == 1
    assert gateway.retrieve_transfer(made.id).reversed == 400
