"""Account links: where an account's owner is asked for what is missing, once and for some minutes.

https://docs.stripe.com/api/v2/core/account-links. Whoever opens a link has used it, and goes on in a visit of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.urls import reverse

from ticketing.devstripe import accounts
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import emit_thin
from ticketing.devstripe.store import moment, now

if TYPE_CHECKING:
    from ticketing.devstripe.store import Body, Store

LINK = "v2.core.account_link"
VISIT = "account_visit"
LINK_SECONDS = 5 * 60
VISIT_SECONDS = 60 * 60


def create_link(store: Store, params: dict[str, Any]) -> Body:
    account = accounts.still_open(store, params["account"])
    use_case = params["use_case"]
    urls = use_case.get(use_case["type"])
    if not urls:
        raise ApiError("The use case's own options are missing.", code="parameter_missing", param="use_case")
    until = now() + LINK_SECONDS
    made = store.add(
        "alu_test",
        LINK,
        account=account["id"],
        created=moment(now()),
        expires_at=moment(until),
        use_case=use_case,
        url="",
        _urls=urls,
        _until=until,
        _used=False,
    )
    # At the name under which its owner came, as for Checkout.
    origin = urlsplit(urls["refresh_url"])
    made["url"] = f"{origin.scheme}://{origin.netloc}{reverse('devstripe:account-link', args=[made['id']])}"
    store.save(made)
    return {name: value for name, value in made.items() if name != "id"}


def open_link(store: Store, wanted: str) -> tuple[str | None, str]:
    """Use a link; return the visit that it began, None if it is too late, and where to get a fresh link."""
    link = store.get(LINK, wanted)
    refresh = link["_urls"]["refresh_url"]
    if link["_used"] or now() >= link["_until"]:
        return None, refresh
    link["_used"] = True
    store.save(link)
    visit = store.add(
        "visit", VISIT, _account=link["account"], _urls=link["_urls"], _until=now() + VISIT_SECONDS, _over=False
    )
    return visit["id"], refresh


def visited(store: Store, wanted: str) -> tuple[Body, bool]:
    """Return a visit, and whether it still goes on."""
    visit = store.get(VISIT, wanted)
    open_still = not store.get(accounts.ACCOUNT, visit["_account"])["closed"]
    return visit, open_still and not visit["_over"] and now() < visit["_until"]


def leave(store: Store, visit: Body, standing: str | None) -> str:
    """End a visit with what its account is from now on, None as it was; return where its owner comes back."""
    if standing is not None:
        accounts.stand(store, visit["_account"], standing)
    visit["_over"] = True
    store.save(visit)
    emit_thin(store, "v2.core.account_link.returned", None)
    return str(visit["_urls"].get("return_url") or visit["_urls"]["refresh_url"])
