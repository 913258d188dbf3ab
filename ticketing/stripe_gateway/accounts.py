"""Connected accounts: whom Stripe pays for us, by Accounts v2 (https://docs.stripe.com/connect/accounts-v2).

They are recipients: the site is the merchant, takes the payments and the losses, and transfers to them. Their owners
see their own money in Stripe's Express dashboard, and give their bank and identity to Stripe, never to us.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import AccountLink, ConnectedAccount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from stripe.params.v2.core import AccountCreateParams, AccountLinkCreateParams

    from ticketing.stripe_objects import AccountRequest

    UseCase = Literal["account_onboarding", "account_update"]

# Without them these are left out of an answer.
INCLUDE: Any = ["configuration.recipient", "defaults", "identity", "requirements"]
# Requirements that have an effect already, or will have one at the deadline.
PRESSING = frozenset({"currently_due", "past_due"})


def create_account(request: AccountRequest, *, key: str) -> ConnectedAccount:
    """Make an account that asks to receive transfers; its owner still has to tell Stripe who they are."""
    params = {
        "contact_email": request.email,
        "dashboard": "express",
        "identity": {"country": request.country},
        "defaults": {
            "currency": request.currency,
            "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
        },
        "configuration": {
            "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}},
        },
        "metadata": dict(request.metadata),
        "include": INCLUDE,
    }
    with stripe_errors("account.create"):
        made = client().v2.core.accounts.create(cast("AccountCreateParams", params), {"idempotency_key": key})
        return _account(made)


def retrieve_account(account: str) -> ConnectedAccount:
    with stripe_errors("account.retrieve"):
        return _account(client().v2.core.accounts.retrieve(account, {"include": INCLUDE}))


def create_account_link(account: str, use_case: UseCase, *, return_url: str, refresh_url: str, key: str) -> AccountLink:
    """Return where its owner goes on.

    They come back to `return_url`, whether they finished or not, and to `refresh_url` if the link was used or is too
    old: there, make another one under another key. Who has the link may go on in the owner's name: show it to nobody.
    """
    urls = {"return_url": return_url, "refresh_url": refresh_url}
    params = {"account": account, "use_case": {"type": use_case, use_case: urls}}
    with stripe_errors("account_link.create"):
        made = client().v2.core.account_links.create(cast("AccountLinkCreateParams", params), {"idempotency_key": key})
        return AccountLink(made.url, datetime.fromisoformat(made.expires_at))


def _account(found: Any) -> ConnectedAccount:
    # /v2 leaves out what is not set.
    whole: dict[str, Any] = found.to_dict()
    capability = _capability(whole)
    requirements = whole.get("requirements") or {}
    deadline = ((requirements.get("summary") or {}).get("minimum_deadline") or {}).get("time")
    return ConnectedAccount(
        id=found.id,
        country=((whole.get("identity") or {}).get("country") or "").upper(),
        currency=((whole.get("defaults") or {}).get("currency") or "").lower(),
        transfers=capability.get("status") or "",
        reasons=tuple(detail["code"] for detail in capability.get("status_details") or ()),
        missing=tuple(_wanted(requirements, of="user", pressing=True)),
        later=tuple(_wanted(requirements, of="user", pressing=False)),
        in_review=tuple(_wanted(requirements, of="stripe")),
        deadline=datetime.fromisoformat(deadline) if deadline else None,
        closed=bool(whole.get("closed")),
        metadata={str(name): str(value) for name, value in (whole.get("metadata") or {}).items()},
    )


def _capability(whole: dict[str, Any]) -> dict[str, Any]:
    place: Any = whole.get("configuration")
    for name in ("recipient", "capabilities", "stripe_balance", "stripe_transfers"):
        place = (place or {}).get(name)
    return place or {}


def _wanted(requirements: dict[str, Any], *, of: str, pressing: bool | None = None) -> Iterator[str]:
    """Yield the names of what somebody is awaited to do, each once, in Stripe's order; None: pressing or not."""
    seen = set()
    for entry in requirements.get("entries") or ():
        name, due = entry["description"], (entry.get("minimum_deadline") or {}).get("status")
        wanted = entry.get("awaiting_action_from") == of and (pressing is None or (due in PRESSING) == pressing)
        if wanted and name not in seen:
            seen.add(name)
            yield name
