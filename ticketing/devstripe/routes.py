"""Which request is answered by whom, once or again: routes, expanded fields, idempotency keys."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from stripe.params import (
    BalanceTransactionListParams,
    ChargeRetrieveParams,
    DisputeRetrieveParams,
    EventRetrieveParams,
    PaymentIntentCreateParams,
    PaymentIntentRetrieveParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
    TransferCreateParams,
    TransferListParams,
    TransferRetrieveParams,
    TransferReversalCreateParams,
    TransferReversalListParams,
)
from stripe.params.checkout import SessionCreateParams, SessionExpireParams, SessionRetrieveParams
from stripe.params.v2.core import AccountCreateParams, AccountLinkCreateParams, AccountRetrieveParams

from ticketing.devstripe import accounts, balance, checkout, events, onboarding, payments, refunds, transfers
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import without_ours
from ticketing.devstripe.store import encode
from ticketing.devstripe.validation import check_params, read_form, read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ticketing.devstripe.store import Body, Store


class Route(NamedTuple):
    method: str
    path: re.Pattern[str]
    shape: Any
    handler: Callable[[Store, dict[str, Any], str], Body]


def _route(method: str, path: str, shape: Any, handler: Callable[[Store, dict[str, Any], str], Body]) -> Route:
    return Route(method, re.compile(path.replace("{id}", r"(\w+)")), shape, handler)


def _getting(kind: str) -> Callable[[Store, dict[str, Any], str], Body]:
    return lambda store, _params, wanted: store.get(kind, wanted)


ROUTES = (
    _route(
        "post", "/v1/checkout/sessions", SessionCreateParams, lambda store, params, _: checkout.create(store, params)
    ),
    _route(
        "get",
        "/v1/checkout/sessions/{id}",
        SessionRetrieveParams,
        lambda store, _, wanted: checkout.retrieve(store, wanted),
    ),
    _route(
        "post",
        "/v1/checkout/sessions/{id}/expire",
        SessionExpireParams,
        lambda store, _, wanted: checkout.expire(store, wanted),
    ),
    _route(
        "post",
        "/v1/payment_intents",
        PaymentIntentCreateParams,
        lambda store, params, _: payments.create(store, params),
    ),
    _route("get", "/v1/payment_intents/{id}", PaymentIntentRetrieveParams, _getting("payment_intent")),
    _route("get", "/v1/charges/{id}", ChargeRetrieveParams, _getting("charge")),
    _route("post", "/v1/refunds", RefundCreateParams, lambda store, params, _: refunds.create(store, params)),
    _route("get", "/v1/refunds", RefundListParams, lambda store, params, _: refunds.listed(store, params)),
    _route("get", "/v1/refunds/{id}", RefundRetrieveParams, _getting("refund")),
    _route("get", "/v1/disputes/{id}", DisputeRetrieveParams, _getting("dispute")),
    _route("get", "/v1/events/{id}", EventRetrieveParams, lambda store, _, wanted: events.retrieve(store, wanted)),
    _route(
        "get",
        "/v1/balance_transactions",
        BalanceTransactionListParams,
        lambda store, params, _: balance.listed(store, params, "/v1/balance_transactions"),
    ),
    _route("post", "/v1/transfers", TransferCreateParams, lambda store, params, _: transfers.create(store, params)),
    _route("get", "/v1/transfers", TransferListParams, lambda store, params, _: transfers.listed(store, params)),
    _route("get", "/v1/transfers/{id}", TransferRetrieveParams, _getting(transfers.TRANSFER)),
    _route(
        "post",
        "/v1/transfers/{id}/reversals",
        TransferReversalCreateParams,
        lambda store, params, wanted: transfers.reverse(store, wanted, params),
    ),
    _route(
        "get",
        "/v1/transfers/{id}/reversals",
        TransferReversalListParams,
        lambda store, params, wanted: transfers.reversals(store, wanted, params),
    ),
    _route("post", "/v2/core/accounts", AccountCreateParams, lambda store, params, _: accounts.create(store, params)),
    _route(
        "get",
        "/v2/core/accounts/{id}",
        AccountRetrieveParams,
        lambda store, params, wanted: accounts.retrieve(store, wanted, params),
    ),
    _route(
        "post",
        "/v2/core/account_links",
        AccountLinkCreateParams,
        lambda store, params, _: onboarding.create_link(store, params),
    ),
)

V2 = "/v2/"
BAD_REQUEST = 400
# Stripe forgets keys after a day (https://docs.stripe.com/api/idempotent_requests), those of /v2 after thirty.
ANSWER_SECONDS, ANSWER_SECONDS_V2 = 24 * 3600, 30 * 24 * 3600


@dataclass
class Request:
    method: str
    path: str
    encoded: str

    @property
    def is_v2(self) -> bool:
        return self.path.startswith(V2)

    @functools.cached_property
    def params(self) -> dict[str, Any]:
        """What was said; raises ApiError. A body of /v2 is JSON."""
        return read_json(self.encoded) if self.method == "post" and self.is_v2 else read_form(self.encoded)

    def fingerprint(self) -> str:
        try:
            said: Any = self.params
        except ApiError:
            # It is refused whenever it comes.
            said = self.encoded
        return hashlib.sha256(encode([self.path, said]).encode()).hexdigest()


def answer(store: Store, method: str, path: str, encoded: str, *, key: str | None) -> tuple[int, str]:
    """Return (status, body) of a request, or of the same one when its key was seen before."""
    request = Request(method, path, encoded)
    if key is None or method != "post":
        status, body, _begun = _answer(store, request)
        return status, body
    fingerprint = request.fingerprint()
    before = store.answer_to(key, ANSWER_SECONDS_V2 if request.is_v2 else ANSWER_SECONDS)
    if before is None:
        status, body, begun = _answer(store, request)
        # A request that was refused before anything was done may be mended under its key; in /v2 any that failed.
        if begun and (status < BAD_REQUEST or not request.is_v2):
            store.keep_answer(key, fingerprint, status, body)
        return status, body
    if before[0] != fingerprint:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" Try using a key other than '{key}' if you meant to execute a different request."
        )
        return 400, encode(ApiError(message, kind="idempotency_error").body)
    return before[1], before[2]


def _answer(store: Store, request: Request) -> tuple[int, str, bool]:
    """Return status, body, and whether the request was right in itself."""
    begun = False
    try:
        route, wanted = _route_of(request.method, request.path)
        params = check_params(request.params, route.shape)
        expand = params.pop("expand", [])
        begun = True
        made = route.handler(store, params, wanted)
        return 200, encode(_expanded(store, without_ours(made), expand)), begun
    except ApiError as error:
        if request.is_v2 and error.body["error"].get("code") == "resource_missing":
            error.body["error"]["code"] = "not_found"
        return error.status, encode(error.body), begun


def _route_of(method: str, path: str) -> tuple[Route, str]:
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if found and route.method == method:
            return route, "".join(found.groups())
    raise ApiError(f"Unrecognized request URL ({method.upper()}: {path}).", status=404)


def _expanded(store: Store, made: Body, names: list[str]) -> Body:
    """Put objects in the place of their ids, also inside of each other: `payment_intent.latest_charge`."""
    for name in names:
        _expand(store, made, name.split("."))
    return made


def _expand(store: Store, made: Body, path: list[str]) -> None:
    name, *further = path
    if isinstance(made.get(name), list):
        made[name] = [without_ours(row) for row in made[name]]
        for row in made[name]:
            _expand(store, row, further)
        return
    if name not in made:
        raise ApiError(f"This property cannot be expanded ({name}).", param="expand")
    inner = store.find(made[name]) if isinstance(made[name], str) else made[name]
    if inner is not None:
        made[name] = without_ours(inner)
        if further:
            _expand(store, made[name], further)
