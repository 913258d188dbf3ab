"""What tests of connected accounts and transfers repeat: accounts that stand somehow, and money to pass on."""

from __future__ import annotations

import secrets
from typing import Any

from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls
from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import AccountRequest, TransferRequest

RETURN, REFRESH = "https://causerie.example.org/paid/back/", "https://causerie.example.org/paid/again/"


def key() -> str:
    return f"test_{secrets.token_hex(8)}"


def account_request(**fields: Any) -> AccountRequest:
    usual = {"country": "FR", "currency": "eur", "email": "oliver@example.org", "metadata": {"creator": "c_1"}}
    return AccountRequest(**(usual | fields))


def account(standing: str | None = None, **fields: Any) -> str:
    """Return an account of devstripe's that stands so."""
    made = gateway.create_account(account_request(**fields), key=key()).id
    if standing is not None:
        controls.stand(made, standing)
    return made


def link(to: str, *, use_case: Any = "account_onboarding") -> str:
    """Return where an account's owner goes on."""
    return gateway.create_account_link(to, use_case, return_url=RETURN, refresh_url=REFRESH, key=key()).url


def paid(amount: int = 1_200, method: str = "pm_card_visa", currency: str = "eur", group: str = "") -> str:
    """Return the charge of whoever pays without a page."""
    params: Any = {
        "amount": amount,
        "currency": currency,
        "confirm": True,
        "capture_method": "automatic",
        "payment_method": method,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    if group:
        params["transfer_group"] = group
    with stripe_errors("payment_intent.create"):
        made = client().v1.payment_intents.create(params, {"idempotency_key": key()})
    return str(made.latest_charge)


def transfer_request(destination: str, amount: int = 1_000, **fields: Any) -> TransferRequest:
    usual: dict[str, Any] = {
        "amount": amount,
        "currency": "eur",
        "destination": destination,
        "metadata": {"transfer": "t_1"},
    }
    return TransferRequest(**(usual | fields))
