"""What happened, told to the site: events, and in which manner they reach it.

At Stripe they come late, twice and in any order when it suits nobody. Here on demand, so that it can be tried.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import stripe

from ticketing.devstripe.errors import missing
from ticketing.devstripe.store import moment, now

if TYPE_CHECKING:
    from ticketing.devstripe.store import Body, Store

THIN = "v2.core.event"


@dataclass(frozen=True)
class Manner:
    """How events are delivered from now on."""

    # So many seconds after what they tell; `shuffled`: any moment until then, and in no order.
    late: float = 0.0
    shuffled: bool = False
    times: int = 1
    # Never, as if the endpoint had been away for three days.
    lost: bool = False


def manner_of(store: Store) -> Manner:
    return Manner(**(store.option("manner") or {}))


def choose_manner(store: Store, manner: Manner) -> None:
    store.choose("manner", asdict(manner))


def emit(store: Store, kind: str, about: Body) -> Body:
    """Note that something happened to an object, as it is now, and let it be delivered."""
    event = store.add(
        "evt",
        "event",
        type=kind,
        api_version=stripe.api_version,
        data={"object": without_ours(about)},
        pending_webhooks=1,
        request={"id": None, "idempotency_key": None},
    )
    _deliver(store, event)
    return event


def emit_thin(store: Store, kind: str, about: Body | None) -> Body:
    """Note what happened to an object of /v2: such events name it and say nothing of it; None: they name none.

    https://docs.stripe.com/event-destinations, "thin events".
    """
    named: dict[str, Any] = {}
    if about is not None:
        url = f"/v2/core/accounts/{about['id']}"
        named["related_object"] = {"id": about["id"], "type": about["object"], "url": url}
    event = store.add(
        "evt",
        "event",
        object=THIN,
        type=kind,
        created=moment(now()),
        context=None,
        reason=None,
        **named,
    )
    _deliver(store, event)
    return event


def retrieve(store: Store, wanted: str) -> Body:
    """Return an event of /v1; raises ApiError for a thin one, which only /v2 knows."""
    event = store.get("event", wanted)
    if event["object"] == THIN:
        raise missing("event", wanted)
    return event


def named_in(event: Body) -> str:
    """Return the id of what an event of either kind is about; "" if it does not say."""
    about = event.get("related_object") or {} if event["object"] == THIN else event["data"]["object"]
    return str(about.get("id", ""))


def _deliver(store: Store, event: Body) -> None:
    manner = manner_of(store)
    if manner.lost:
        return
    for _copy in range(manner.times):
        # Chance orders deliveries here and guards nothing.
        late = random.uniform(0, manner.late) if manner.shuffled else manner.late  # noqa: S311
        store.rows.execute("INSERT INTO deliveries (event, due) VALUES (?, ?)", (event["id"], now() + late))


def without_ours(about: Body) -> Body:
    """Return an object as it leaves."""
    return {name: value for name, value in about.items() if not name.startswith("_")}
