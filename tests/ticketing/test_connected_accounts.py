"""devstripe's connected accounts and transfers: how accounts stand, what is refused, and what the balance says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from tests.accounts.clock import Clock
from tests.ticketing.connected import account, account_request, key, paid, transfer_request
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import accounts, balance, controls, routes
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.store import opened
from ticketing.errors import (
    BalanceTooLowError,
    PayeeBalanceTooLowError,
    PayeeNotReadyError,
    PayeeUnsupportedError,
    PaymentDeclinedError,
    PaymentMissingError,
    PaymentRefusedError,
    PaymentsUnavailableError,
)
from ticketing.stripe_gateway import transfers as gateway_transfers
from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.refusals import stripe_errors

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

CAPABILITY, REQUIREMENTS, CREATED = accounts.CAPABILITY, accounts.REQUIREMENTS, "v2.core.account.created"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


def told() -> list[tuple[str, str]]:
    """Return type and object of all events, oldest first."""
    return [(kind, about) for _event, kind, about in reversed(controls.latest(100))]


def available(currency: str = "eur") -> int:
    with opened() as store:
        return balance.available(store, currency)


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        ("active", ("active", (), (), (), (), True)),
        ("document", ("restricted", ("requirements_past_due",), (accounts.DOCUMENT,), (), (), False)),
        ("review", ("pending", ("requirements_pending_verification",), (), (), (accounts.DOCUMENT,), False)),
        ("refused", ("rejected", ("rejected_other",), (), (), (), False)),
        ("later", ("active", (), (accounts.DOCUMENT,), (), (), True)),
    ],
)
def test_account_stands_as_was_chosen(standing: str, found: tuple[Any, ...]) -> None:
    made = gateway.retrieve_account(account(standing))
    assert (made.transfers, made.reasons, made.missing, made.later, made.in_review, made.may_be_paid) == found
    assert (made.deadline is None) == (standing in {"active", "refused"})


def test_each_change_is_told_and_none_without_one() -> None:
    made = account("active")
    controls.stand(made, "active")
    controls.stand(made, "refused")
    assert told() == [(CREATED, made), (REQUIREMENTS, made), (CAPABILITY, made), (CAPABILITY, made)]


def test_capability_is_lost_at_its_deadline(clock: Clock) -> None:
    made = account("later")
    assert gateway.retrieve_account(made).deadline == clock.moment + timedelta(seconds=accounts.LOSE_SECONDS)
    clock.on(seconds=accounts.LOSE_SECONDS - 1)
    gateway.create_transfer(transfer_request(made, 100, charge=paid()), key=key())
    clock.on(seconds=1)
    with pytest.raises(PayeeNotReadyError):
        gateway.create_transfer(transfer_request(made, 100, charge=paid()), key=key())
    assert gateway.retrieve_account(made).transfers == "restricted"
    clock.on(days=1)
    gateway.retrieve_account(made)
    assert [kind for kind, about in told() if about == made][-2:] == [REQUIREMENTS, CAPABILITY]
    assert told().count((CAPABILITY, made)) == 2


def test_another_standing_takes_the_deadline_away(clock: Clock) -> None:
    made = account("later")
    controls.stand(made, "active")
    clock.on(days=1)
    assert gateway.retrieve_account(made).transfers == "active"


def test_unknown_standing_is_refused() -> None:
    with pytest.raises(ApiError, match="An account stands"):
        account("rich")


def test_closed_account_gets_and_does_nothing() -> None:
    made = account("active")
    controls.close_account(made)
    found = gateway.retrieve_account(made)
    assert (found.closed, found.may_be_paid, told()[-1]) == (True, False, ("v2.core.account.closed", made))
    with pytest.raises(PaymentMissingError):
        gateway.create_transfer(transfer_request(made, charge=paid()), key=key())
    with pytest.raises(ApiError, match="is closed"):
        controls.stand(made, "active")


@pytest.mark.parametrize(
    ("home", "country", "reached"),
    [("FR", "FR", True), ("FR", "US", True), ("FR", "BR", False), ("BR", "BR", True), ("BR", "FR", False)],
)
def test_money_goes_only_so_far(settings: Settings, home: str, country: str, reached: bool) -> None:
    settings.TICKET_HOME_COUNTRY = home
    made = account(country=country)
    assert gateway.retrieve_account(made).transfers == ("restricted" if reached else "unsupported")
    controls.stand(made, "active")
    if reached:
        assert gateway.create_transfer(transfer_request(made, charge=paid()), key=key()).amount == 1_000
    else:
        with pytest.raises(PayeeUnsupportedError):
            gateway.create_transfer(transfer_request(made, charge=paid()), key=key())


def test_charge_goes_on_in_its_own_currency_only() -> None:
    request = transfer_request(account("active"), charge=paid(currency="usd"))
    with pytest.raises(PayeeUnsupportedError):
        gateway.create_transfer(request, key=key())


def test_charge_that_failed_pays_nobody() -> None:
    made = account("active")
    with pytest.raises(PaymentDeclinedError):
        paid(method="pm_card_visa_chargeDeclined")
    failed = next(about for _event, kind, about in controls.latest(10) if kind == "charge.failed")
    with pytest.raises(PaymentRefusedError) as refused:
        gateway.create_transfer(transfer_request(made, charge=failed), key=key())
    assert refused.value.param == "source_transaction"


@pytest.mark.parametrize(("amount", "fits"), [(1_156, True), (1_157, True), (1_158, False)])
def test_balance_covers_what_has_no_charge(amount: int, fits: bool) -> None:
    made = account("active")
    # 12 euros less 43 cents.
    paid(1_200)
    if fits:
        gateway.create_transfer(transfer_request(made, amount), key=key())
        assert available() == 1_157 - amount
    else:
        with pytest.raises(BalanceTooLowError):
            gateway.create_transfer(transfer_request(made, amount), key=key())
        assert available() == 1_157


def test_balance_is_of_one_currency() -> None:
    paid(1_200)
    with pytest.raises(BalanceTooLowError):
        gateway.create_transfer(transfer_request(account("active"), 1, currency="usd"), key=key())


def test_money_comes_from_the_bank_and_goes_there() -> None:
    controls.top_up(5_000, "eur")
    controls.pay_out(1_500, "eur")
    made = account("active")
    transfer = gateway.create_transfer(transfer_request(made, 3_500), key=key())
    gateway.create_reversal(transfer.id, amount=500, key=key())
    rows = gateway.list_balance(since=timezone.now() - timedelta(hours=1)).rows
    assert ([(row.type, row.net) for row in reversed(rows)], available()) == (
        [("topup", 5_000), ("payout", -1_500), ("transfer", -3_500), ("transfer_refund", 500)],
        500,
    )


def test_file_from_before_balances_were_summed_is_read() -> None:
    paid(1_200)
    with opened() as store:
        store.rows.execute("DELETE FROM options WHERE name = 'balance:eur'")
    assert available() == 1_157
    paid(1_200)
    assert available() == 2 * 1_157


@pytest.mark.parametrize(("left", "fits"), [(401, True), (400, True), (399, False)])
def test_what_the_payee_has_spent_cannot_be_taken_back(left: int, fits: bool) -> None:
    made = account("active")
    transfer = gateway.create_transfer(transfer_request(made, 1_000, charge=paid()), key=key())
    controls.spend(made, 1_000 - left, "eur")
    if fits:
        gateway.create_reversal(transfer.id, amount=400, key=key())
    else:
        before = available()
        with pytest.raises(PayeeBalanceTooLowError):
            gateway.create_reversal(transfer.id, amount=400, key=key())
        assert (gateway.retrieve_transfer(transfer.id).reversed, available()) == (0, before)


def test_payee_spends_no_more_than_there_is() -> None:
    with pytest.raises(ApiError):
        controls.spend(account("active"), 1, "eur")


@pytest.mark.parametrize(
    ("code", "error"), [("transfers_not_allowed", PayeeUnsupportedError), ("api_error", PaymentsUnavailableError)]
)
def test_next_transfers_fail_as_asked(code: str, error: type[Exception]) -> None:
    made, charge, first = account("active"), paid(), key()
    controls.fail_transfers(times=2, code=code)
    for name in (first, key(), first):
        # The third is the first one's answer, kept under its key.
        with pytest.raises(error):
            gateway.create_transfer(transfer_request(made, charge=charge), key=name)
    assert gateway.create_transfer(transfer_request(made, charge=charge), key=key()).amount == 1_000


def test_transfer_fails_in_a_known_way_only() -> None:
    with pytest.raises(ApiError, match="A transfer fails with"):
        controls.fail_transfers(code="bad_luck")


def test_transfer_and_reversal_are_told() -> None:
    made = account("active")
    transfer = gateway.create_transfer(transfer_request(made, charge=paid()), key=key())
    gateway.create_reversal(transfer.id, amount=1, key=key())
    assert told()[-2:] == [("transfer.created", transfer.id), ("transfer.reversed", transfer.id)]


def test_transfer_is_of_its_charges_group_unless_it_says_otherwise() -> None:
    made = account("active")
    request = transfer_request(made, 100, charge=paid(group="room_1"))
    of_charge = gateway.create_transfer(request, key=key())
    own = gateway.create_transfer(transfer_request(made, 100, charge=request.charge, group="room_2"), key=key())
    assert (gateway.list_transfers("room_1"), gateway.list_transfers("room_2")) == ((of_charge,), (own,))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_list_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(gateway_transfers, "PAGE_SIZE", 2)
    made = account("active")
    transfer = gateway.create_transfer(transfer_request(made, charge=paid()), key=key())
    taken = [gateway.create_reversal(transfer.id, amount=1, key=key()) for _ in range(count)]
    assert gateway.list_reversals(transfer.id) == tuple(reversed(taken))


def test_refused_account_may_be_mended_under_its_key() -> None:
    """Of /v2, unlike /v1, no failure is kept under its key."""
    made, once = account("active"), key()
    controls.close_account(made)
    params: Any = {"account": made, "use_case": {"type": "account_update", "account_update": {"refresh_url": "x"}}}
    for _ in range(2):
        with pytest.raises(PaymentRefusedError), stripe_errors("account_link.create"):
            client().v2.core.account_links.create(params, {"idempotency_key": once})
    with opened() as store:
        assert store.rows.execute("SELECT count(*) FROM answers WHERE key = ?", (once,)).fetchone() == (0,)


@pytest.mark.parametrize(("days", "again"), [(29, True), (30, True), (31, False)])
def test_key_of_an_account_is_known_for_thirty_days(clock: Clock, days: int, again: bool) -> None:
    first = gateway.create_account(account_request(), key="account_1").id
    clock.on(days=days)
    assert (gateway.create_account(account_request(), key="account_1").id == first) == again


def asking(transfers: Any) -> dict[str, Any]:
    """Return the body of a request for an account with that instead of the capability."""
    return {"configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": transfers}}}}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tip": 3}, "parameter_unknown"),
        ({"identity": {"country": "FR", "planet": "earth"}}, "parameter_unknown"),
        ({"contact_email": 3}, "parameter_invalid"),
        ({"contact_email": True}, "parameter_invalid"),
        (asking({"requested": 1}), "parameter_invalid"),
        (asking({"requested": "true"}), "parameter_invalid"),
        (asking({}), "parameter_missing"),
        (asking("yes"), None),
        ({"dashboard": "half"}, None),
    ],
)
def test_wrong_body_is_refused(body: dict[str, Any], code: str | None) -> None:
    with opened() as store:
        status, said = routes.answer(store, "post", "/v2/core/accounts", json.dumps(body), key=None)
    assert (status, json.loads(said)["error"].get("code")) == (400, code)


@pytest.mark.parametrize("body", ["no json", "[]", "3", '"a"', "null"])
def test_body_that_is_no_object_is_refused(body: str) -> None:
    with opened() as store:
        assert routes.answer(store, "post", "/v2/core/accounts", body, key="a")[0] == 400


def test_account_says_no_more_than_was_asked() -> None:
    made = account("active")
    found = client().v2.core.accounts.retrieve(made).to_dict()
    assert [found[name] for name in ("configuration", "defaults", "identity", "requirements")] == [None] * 4
