"""What happened, told to the site: events, and in which manner they reach it.

At Stripe they come late, twice and in any order when it suits nobody. Here on demand, so that it can be tried.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import stripe

from ticketing.devstripe.store import now

if TYPE_CHECKING:
    from ticketing.devstripe.store import Body, Store


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
    manner = manner_of(store)
    if not manner.lost:
        for _copy in range(manner.times):
            # Chance orders deliveries here and guards nothing.
            late = random.uniform(0, manner.late) if manner.shuffled else manner.late  # noqa: S311
            store.rows.execute("INSERT INTO deliveries (event, due) VALUES (?, ?)", (event["id"], now() + late))
    return event


def without_ours(about: Body) -> Body:
    """Return an object as it leaves."""
    return {name: value for name, value in about.items() if not name.startswith("_")}
