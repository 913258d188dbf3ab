"""Connected accounts (Accounts v2): whether transfers may go there, what is missing, and how that changes.

https://docs.stripe.com/api/v2/core/accounts. Only recipients, which may receive transfers and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import emit_thin
from ticketing.devstripe.store import moment, now

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ticketing.devstripe.store import Body, Store

ACCOUNT = "v2.core.account"
CAPABILITY = "v2.core.account[configuration.recipient].capability_status_updated"
REQUIREMENTS = "v2.core.account[requirements].updated"
NAMES = ("identity.individual.given_name", "identity.individual.surname", "identity.individual.date_of_birth")
DOCUMENT = "identity.individual.documents.primary_verification"
# How long the one who will lose the capability has it.
LOSE_SECONDS = 60
# Between these Stripe passes money on, and elsewhere only within one country
# (https://docs.stripe.com/connect/cross-border-payouts).
REGION = (
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IS IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE"  # the EEA
    " GB CH US CA"
)


@dataclass(frozen=True)
class Standing:
    """How an account stands: the capability's status, why, and who is to do what about which requirements."""

    words: StrOrPromise
    status: str
    code: str = ""
    resolution: str = "provide_info"
    missing: tuple[str, ...] = ()
    awaits: str = "user"
    # When it is due, or past due at once.
    within: float | None = None
    # What becomes of it then.
    then: str = ""


STANDINGS = {
    "active": Standing(_("Everything is given: it may be paid"), "active"),
    "document": Standing(
        _("A proof of identity is missing: it may not be paid"),
        "restricted",
        "requirements_past_due",
        missing=(DOCUMENT,),
    ),
    "review": Standing(
        _("Everything is given, and looked into: not yet"),
        "pending",
        "requirements_pending_verification",
        "no_resolution",
        missing=(DOCUMENT,),
        awaits="stripe",
    ),
    "refused": Standing(_("It is refused for good"), "rejected", "rejected_other", "contact_stripe"),
    "later": Standing(
        _("It may be paid, and no longer after a minute, for want of a document"),
        "active",
        missing=(DOCUMENT,),
        within=LOSE_SECONDS,
        then="document",
    ),
}
# How they begin, which nobody chooses.
NEW = Standing("", "restricted", "requirements_past_due", missing=(*NAMES, DOCUMENT))
UNSUPPORTED = Standing("", "unsupported", "unsupported_country", "no_resolution")


def create(store: Store, params: dict[str, Any]) -> Body:
    country, currency = _place(params)
    made = store.add(
        "acct",
        ACCOUNT,
        created=moment(now()),
        applied_configurations=["recipient"],
        closed=False,
        configuration={"recipient": {"applied": True, "capabilities": {"stripe_balance": {"stripe_transfers": None}}}},
        contact_email=params.get("contact_email"),
        dashboard=params.get("dashboard"),
        defaults={**(params.get("defaults") or {}), "currency": currency},
        display_name=params.get("display_name"),
        identity={**params["identity"], "country": country},
        metadata=params.get("metadata") or {},
        requirements=None,
        _holds={},
    )
    _set(made, NEW if _reaches(country) else UNSUPPORTED)
    store.save(made)
    emit_thin(store, "v2.core.account.created", made)
    return _shown(made, params)


def retrieve(store: Store, wanted: str, params: dict[str, Any]) -> Body:
    settle_due(store)
    return _shown(store.get(ACCOUNT, wanted), params)


def stand(store: Store, wanted: str, name: str) -> None:
    """Let an account stand so from now on."""
    if name not in STANDINGS:
        raise ApiError(f"An account stands {', '.join(STANDINGS)}.")
    _change(store, still_open(store, wanted), STANDINGS[name])


def close(store: Store, wanted: str) -> None:
    account = still_open(store, wanted)
    account["closed"] = True
    store.save(account, ended=True)
    emit_thin(store, "v2.core.account.closed", account)


def settle_due(store: Store) -> None:
    """Let the deadlines have their effect that are over."""
    for account in store.due(ACCOUNT):
        _change(store, account, STANDINGS[account["_then"]])


def still_open(store: Store, wanted: str) -> Body:
    account = store.get(ACCOUNT, wanted)
    if account["closed"]:
        raise ApiError(f"The account {wanted} is closed.", code="account_closed")
    return account


def payable(store: Store, wanted: str) -> Body:
    """Return an account to which money may be transferred; raises ApiError."""
    settle_due(store)
    account = store.find(wanted)
    if account is None or account["object"] != ACCOUNT or account["closed"]:
        raise ApiError(f"No such destination: '{wanted}'", code="resource_missing", param="destination")
    country = account["identity"]["country"]
    if not _reaches(country):
        message = (
            f"Funds can't be sent to accounts located in {country} because it's restricted outside of your"
            " platform's region."
        )
        raise ApiError(message, code="transfers_not_allowed")
    if _capability(account)["status"] != "active":
        message = "The destination account has no active capability to receive transfers."
        raise ApiError(message, code="insufficient_capabilities_for_transfer")
    return account


def hold(store: Store, account: Body, change: int, currency: str) -> None:
    """Change what an account's owner has at Stripe; raises ApiError below zero."""
    left = account["_holds"].get(currency, 0) + change
    if left < 0:
        message = "The account has too little of this money available."
        raise ApiError(message, code="balance_insufficient", param="amount")
    account["_holds"][currency] = left
    store.save(account)


def _place(params: dict[str, Any]) -> tuple[str, str]:
    """Return country and currency, which an account has to have to receive transfers."""
    country = (params.get("identity") or {}).get("country", "")
    currency = (params.get("defaults") or {}).get("currency", "")
    capabilities = ((params.get("configuration") or {}).get("recipient") or {}).get("capabilities") or {}
    if not ((capabilities.get("stripe_balance") or {}).get("stripe_transfers") or {}).get("requested"):
        raise ApiError("devstripe knows accounts that ask for stripe_transfers only.", param="configuration.recipient")
    if not re.fullmatch(r"[A-Za-z]{2}", country):
        raise ApiError("Country is required, as two letters.", code="country_invalid", param="identity.country")
    if not re.fullmatch(r"[a-z]{3}", currency):
        raise ApiError("Invalid currency.", code="currency_invalid", param="defaults.currency")
    return country.upper(), currency


def _reaches(country: str) -> bool:
    home = settings.TICKET_HOME_COUNTRY
    return country == home or {country, home} <= set(REGION.split())


def _capability(account: Body) -> Body:
    found: Body = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]
    return found


def _change(store: Store, account: Body, standing: Standing) -> None:
    before, wanted = _capability(account), account["requirements"]
    _set(account, standing)
    store.save(account, ended=True)
    if standing.within is not None:
        store.save(account, due=now() + standing.within)
    if account["requirements"] != wanted:
        emit_thin(store, REQUIREMENTS, account)
    if _capability(account) != before:
        emit_thin(store, CAPABILITY, account)


def _set(account: Body, standing: Standing) -> None:
    details = [{"code": standing.code, "resolution": standing.resolution}] if standing.code else []
    capability = {"requested": True, "status": standing.status, "status_details": details}
    account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"] = capability
    due = "past_due" if standing.within is None else "currently_due"
    at = moment(now() + (standing.within or 0))
    account["requirements"] = {
        "entries": [
            {
                "awaiting_action_from": standing.awaits,
                "description": name,
                "errors": [],
                "minimum_deadline": {"status": due},
            }
            for name in standing.missing
        ],
        "summary": {"minimum_deadline": {"status": due, "time": at} if standing.missing else None},
    }
    account["_then"] = standing.then


def _shown(account: Body, params: dict[str, Any]) -> Body:
    """Return an account as it is answered: much of it only if it was asked for."""
    include = params.get("include") or []
    kept = {name.split(".", maxsplit=1)[0] for name in include}
    hidden = {"configuration", "defaults", "identity", "requirements"} - kept
    return account | dict.fromkeys(hidden)
