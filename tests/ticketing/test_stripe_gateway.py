"""What the gateway says when Stripe is slow, down, or finds us wrong; and which Stripe it talks to."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured

from ticketing import stripe_gateway as gateway
from ticketing.devstripe.http_client import DevstripeClient
from ticketing.errors import (
    BalanceTooLowError,
    PayeeBalanceTooLowError,
    PayeeNotReadyError,
    PayeeUnsupportedError,
    PaymentConflictError,
    PaymentDeclinedError,
    PaymentMissingError,
    PaymentRefusedError,
    PaymentsOffError,
    PaymentsUnavailableError,
    RefundTooLargeError,
    ReversalTooLargeError,
    TransferTooLargeError,
)
from ticketing.stripe_gateway import client
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import AccountRequest, ConnectedAccount, TransferRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_django.fixtures import Settings

    from ticketing.stripe_objects import CheckoutRequest

    Ask = Callable[..., CheckoutRequest]


def unreached(words: str, *, again: bool) -> Exception:
    """Return what the SDK's own client raises when the network fails."""
    made: Any = stripe.APIConnectionError
    error: Exception = made(words, should_retry=again)
    return error


TIMED_OUT = unreached("Request timed out", again=True)
BROKEN = (500, {"error": {"type": "api_error", "message": "Something is wrong."}})


class Network(stripe.HTTPClient):
    """Answers what a test says, one after the other, the last for ever; then devstripe, if that is None."""

    name = "network"

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[int, Any] | Exception | None] = []
        self.keys: list[str | None] = []
        self.behind = DevstripeClient()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        self.keys.append((headers or {}).get("Idempotency-Key"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return self.behind.request(method, url, headers, post_data)
        body = answer[1] if isinstance(answer[1], str) else json.dumps(answer[1])
        return body, answer[0], {"request-id": "req_test"}

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Network]:
    """Return a network between us and devstripe, over which each call is made three times."""
    settings.STRIPE_NETWORK_RETRIES = 2
    made = Network()
    monkeypatch.setattr(client, "_http_client", lambda _file: made)
    monkeypatch.setattr(made, "_sleep_time_seconds", lambda _retries: 0)
    client._made_client.cache_clear()
    yield made
    client._made_client.cache_clear()


@pytest.mark.parametrize(
    "answer",
    [
        TIMED_OUT,
        unreached("Connection refused", again=False),
        BROKEN,
        (503, "<html>Service Unavailable</html>"),
        (200, "<html>A proxy's own page</html>"),
        (429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many."}}),
    ],
)
def test_stripe_that_is_away_is_unavailable(network: Network, ask: Ask, answer: Any) -> None:
    network.answers = [answer]
    for call in (
        lambda: gateway.create_checkout(ask(), key="a"),
        lambda: gateway.retrieve_checkout("cs_test_1"),
        lambda: gateway.expire_checkout("cs_test_1", key="b"),
        lambda: gateway.create_refund("pi_1", amount=100, key="c"),
    ):
        with pytest.raises(PaymentsUnavailableError) as told:
            call()
        assert (told.value.code, told.value.http_status) == ("payments_unavailable", 503)


@pytest.mark.parametrize("answer", [TIMED_OUT, BROKEN])
def test_short_trouble_is_got_over_under_one_key(network: Network, ask: Ask, answer: Any) -> None:
    network.answers = [answer, answer, None]
    assert gateway.create_checkout(ask(), key="order_1").status == "open"
    assert network.keys == ["order_1"] * 3


@pytest.mark.parametrize(("failures", "gets_through"), [(2, True), (3, False)])
def test_call_is_made_again_so_often(network: Network, ask: Ask, failures: int, gets_through: bool) -> None:
    network.answers = [*[TIMED_OUT] * failures, None]
    if gets_through:
        gateway.create_checkout(ask(), key="a")
    else:
        with pytest.raises(PaymentsUnavailableError):
            gateway.create_checkout(ask(), key="a")
    assert len(network.keys) == 3


def test_answer_that_is_lost_is_given_again(network: Network, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Stripe did, but could not tell us, is not done twice."""
    network.answers = [None]
    made: list[str] = []
    real = network.behind.request

    def loses_the_first(*args: Any, **options: Any) -> Any:
        answer = real(*args, **options)
        made.append(json.loads(answer[0])["id"])
        if len(made) == 1:
            raise TIMED_OUT
        return answer

    monkeypatch.setattr(network.behind, "request", loses_the_first)
    session = gateway.create_checkout(ask(), key="a")
    assert made == [session.id, session.id]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}), PaymentRefusedError),
        ((403, {"error": {"type": "invalid_request_error", "message": "No permission"}}), PaymentRefusedError),
        ((400, {"error": {"type": "invalid_request_error", "message": "No", "param": "x"}}), PaymentRefusedError),
        ((404, {"error": {"type": "invalid_request_error", "code": "resource_missing"}}), PaymentMissingError),
        ((400, {"error": {"type": "idempotency_error", "message": "Keys"}}), PaymentConflictError),
        ((409, {"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}), PaymentConflictError),
        ((402, {"error": {"type": "card_error", "code": "card_declined"}}), PaymentDeclinedError),
    ],
)
def test_each_error_of_stripe_is_one_of_ours(network: Network, answer: Any, error: type[Exception]) -> None:
    network.answers = [answer]
    with pytest.raises(error) as told:
        gateway.create_refund("pi_1", amount=100, key="a")
    assert type(told.value) is error


def test_no_message_of_stripe_reaches_a_page(network: Network) -> None:
    network.answers = [(400, {"error": {"type": "invalid_request_error", "message": "oliver@example.org is wrong"}})]
    with pytest.raises(PaymentRefusedError) as told:
        gateway.create_refund("pi_1", amount=100, key="a")
    assert "oliver" not in str(told.value)


def test_too_much_is_known_by_code_and_by_sentence(network: Network) -> None:
    for error in (
        {"code": "charge_already_refunded", "message": "Charge ch_1 has already been refunded."},
        {"message": "Refund amount (€7.01) is greater than unrefunded amount on charge (€7.00)"},
    ):
        network.answers = [(400, {"error": {"type": "invalid_request_error", **error}})]
        with pytest.raises(RefundTooLargeError):
            gateway.create_refund("pi_1", amount=701, key="a")


def refusal(message: str = "No", **more: str) -> tuple[int, Any]:
    return 400, {"error": {"type": "invalid_request_error", "message": message, **more}}


LOW = {"code": "balance_insufficient"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(code="insufficient_capabilities_for_transfer"), PayeeNotReadyError),
        (refusal(code="account_closed"), PayeeNotReadyError),
        (refusal(**LOW), BalanceTooLowError),
        ((402, {"error": {"type": "card_error", "message": "No", **LOW}}), BalanceTooLowError),
        (
            refusal("Transfers using this transaction as a source must not exceed the source amount"),
            TransferTooLargeError,
        ),
        (refusal(code="transfers_not_allowed"), PayeeUnsupportedError),
        (refusal("It's restricted outside of your platform's region"), PayeeUnsupportedError),
        (refusal("It (usd) must be the same as the transfer currency (eur)"), PayeeUnsupportedError),
        (refusal("No such destination", code="resource_missing", param="destination"), PaymentMissingError),
        (refusal("Something new"), PaymentRefusedError),
        (BROKEN, PaymentsUnavailableError),
        (TIMED_OUT, PaymentsUnavailableError),
    ],
)
def test_each_refusal_of_a_transfer_is_one_of_ours(network: Network, answer: Any, error: type[Exception]) -> None:
    network.answers = [answer]
    with pytest.raises(error) as told:
        gateway.create_transfer(TransferRequest(100, "eur", "acct_1"), key="a")
    assert type(told.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(**LOW), PayeeBalanceTooLowError),
        (refusal("It is greater than unreversed amount on transfer"), ReversalTooLargeError),
        (refusal("It is already fully reversed."), ReversalTooLargeError),
        (refusal(code="resource_missing"), PaymentMissingError),
        (refusal("Something new"), PaymentRefusedError),
        (BROKEN, PaymentsUnavailableError),
    ],
)
def test_each_refusal_of_a_reversal_is_one_of_ours(network: Network, answer: Any, error: type[Exception]) -> None:
    network.answers = [answer]
    with pytest.raises(error) as told:
        gateway.create_reversal("tr_1", amount=1, key="a")
    assert type(told.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, {"error": {"code": "not_found", "message": "No"}}), PaymentMissingError),
        ((400, {"error": {"code": "country_unsupported", "message": "No"}}), PayeeUnsupportedError),
        ((400, {"error": {"type": "idempotency_error", "message": "No"}}), PaymentConflictError),
        ((429, {"error": {"type": "rate_limit", "message": "No"}}), PaymentsUnavailableError),
        ((403, {"error": {"code": "forbidden", "message": "No"}}), PaymentRefusedError),
        (BROKEN, PaymentsUnavailableError),
    ],
)
def test_errors_of_v2_are_ours_too(network: Network, answer: Any, error: type[Exception]) -> None:
    network.answers = [answer]
    with pytest.raises(error) as told:
        gateway.create_account(AccountRequest("FR", "eur", "oliver@example.org"), key="a")
    assert type(told.value) is error


def test_account_that_stripe_says_little_of_is_read(network: Network) -> None:
    network.answers = [(200, {"id": "acct_1", "object": "v2.core.account"})]
    assert gateway.retrieve_account("acct_1") == ConnectedAccount(
        "acct_1", "", "", "", (), (), (), (), None, closed=False
    )


def test_requirements_are_sorted_by_who_is_awaited_and_when(network: Network) -> None:
    entries = [
        {"description": name, "awaiting_action_from": of, "minimum_deadline": {"status": due}}
        for name, of, due in (
            ("a", "user", "past_due"),
            ("b", "user", "currently_due"),
            ("a", "user", "currently_due"),
            ("c", "user", "eventually_due"),
            ("d", "stripe", "past_due"),
        )
    ]
    deadline = {"minimum_deadline": {"status": "past_due", "time": "2026-12-01T10:00:00.500Z"}}
    body = {"id": "acct_1", "object": "v2.core.account", "requirements": {"entries": entries, "summary": deadline}}
    network.answers = [(200, body)]
    found = gateway.retrieve_account("acct_1")
    assert (found.missing, found.later, found.in_review) == (("a", "b"), ("c",), ("d",))
    assert found.deadline == datetime(2026, 12, 1, 10, 0, 0, 500_000, UTC)


@pytest.mark.parametrize(
    ("key", "devstripe", "on", "tests", "live"),
    [
        ("", True, True, True, False),
        ("", False, False, False, False),
        ("sk_test_1", False, True, True, False),
        ("rk_test_1", False, True, True, False),
        ("sk_live_1", False, True, False, True),
    ],
)
def test_pages_can_ask_what_payments_are(
    settings: Settings, key: str, devstripe: bool, on: bool, tests: bool, live: bool
) -> None:
    settings.STRIPE_SECRET_KEY, settings.DEVSTRIPE = key, devstripe
    found = (gateway.payments_are_on(), gateway.payments_are_tests(), gateway.is_live())
    assert found == (on, tests, live)


def test_without_stripe_nothing_is_asked_of_it(settings: Settings) -> None:
    settings.DEVSTRIPE = False
    with pytest.raises(PaymentsOffError):
        gateway.retrieve_checkout("cs_test_1")


@pytest.mark.parametrize(("production", "key"), [(True, ""), (False, "sk_live_1"), (False, "sk_test_1")])
def test_devstripe_refuses_to_play_where_it_must_not(settings: Settings, production: bool, key: str) -> None:
    settings.PRODUCTION, settings.STRIPE_SECRET_KEY = production, key
    with pytest.raises(ImproperlyConfigured):
        DevstripeClient()


def test_stripe_that_says_nothing_is_not_waited_for(settings: Settings) -> None:
    settings.STRIPE_ANSWER_SECONDS = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/refunds"
        real = client._http_client("")
        with pytest.raises(PaymentsUnavailableError), stripe_errors("refund.create"):
            real.request("post", address, {}, "")


def test_real_client_has_timeouts(settings: Settings) -> None:
    settings.STRIPE_CONNECT_SECONDS, settings.STRIPE_ANSWER_SECONDS = 2.0, 9.0
    real = client._http_client("")
    assert (type(real), getattr(real, "_timeout", None)) == (stripe.RequestsClient, (2.0, 9.0))
