"""A campaign's database, a run's beginning with few seats for many people, and its end with what was found."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import RawArray
from typing import TYPE_CHECKING

from tests.campaigns.processes import in_child
from tests.servers.environment import settle

if TYPE_CHECKING:
    import random
    from collections import Counter
    from pathlib import Path

    from tests.campaigns.seats_scene import Scene
    from tests.campaigns.seats_verdict import Verdict

DATABASE = "test_seats_campaign"
PEOPLE = 300
PRICE = 1_200


@dataclass(frozen=True)
class Plan:
    """How one run is to be."""

    seed: int
    seconds: float
    web: int
    # Seconds between two deaths, on average.
    calm: float
    # Whether people come over HTTP to the site's own processes.
    site: bool = False
    # Which of them is not there.
    without: str = ""


@dataclass(frozen=True)
class Course:
    """What came of it before it is judged: how many of which processes died, and what two reconciliations found."""

    killed: Counter[str]
    reconciled: tuple[list[str], list[str]]


def begin() -> None:
    """Make the database, and import what a sale imports, so that whoever comes after a death begins at once."""
    settle("")
    os.environ["LOG_LEVEL"] = "CRITICAL"
    import django

    django.setup()
    in_child(_make_database)
    from django.db import connections

    connections["default"].settings_dict["NAME"] = DATABASE
    _import_all()


def _import_all() -> None:
    for name in in_child(_modules_of_a_sale):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from django.urls import reverse

    reverse("ticketing:stripe-webhook")


def _modules_of_a_sale() -> list[str]:
    import config.urls  # noqa: F401
    from tests.campaigns.seats_jobs import jobs_of
    from tests.campaigns.seats_verdict import settle as sweep
    from tests.factories.payments import buy, planned_offer
    from tests.factories.people import UserFactory
    from ticketing.enums import RefundReason
    from ticketing.services.refunds import ask_refund

    order = buy(planned_offer(host=UserFactory.create(handle="first")), UserFactory.create(handle="second"))
    ask_refund(order.pk, reason=RefundReason.HOST, by=None)
    for job in jobs_of():
        job()
    sweep()
    return [name for name in sys.modules if not name.startswith("__")]


def _make_database() -> None:
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True)


def end() -> None:
    from django.conf import settings

    if settings.configured:
        in_child(_drop_database)


def _drop_database() -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def scene_of(plan: Plan, folder: Path, chance: random.Random) -> Scene:
    """Empty the books, offer seats, and let devstripe begin anew."""
    from django.conf import settings

    from tests.campaigns.seats_scene import COUNTED

    scene: Scene = in_child(lambda: _set_the_scene(chance, folder))
    settings.DEVSTRIPE_FILE = folder / "devstripe.sqlite3"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_the_campaign"
    return replace(scene, counts=RawArray("q", len(COUNTED) * (plan.web + 1)))


def _set_the_scene(chance: random.Random, folder: Path) -> Scene:
    """Empty the books, and offer few seats to many people."""
    from accounts.models import User
    from tests.campaigns.seats_scene import Scene
    from tests.factories.payments import planned_offer
    from tests.factories.people import UserFactory

    _empty()
    handles = [f"buyer{number}" for number in range(PEOPLE)]
    people = list(User.objects.filter(handle__in=handles).order_by("pk"))
    people = people or [UserFactory.create(handle=handle) for handle in handles]
    number = chance.randint(1, 3)
    offers = [
        planned_offer(
            seats=chance.choice((1, 2, 5, 20)),
            hours=chance.choice((12, 72)),
            amount=PRICE,
            # A run's number is its own, a factory's begins anew in each child.
            host=UserFactory.create(handle=f"host{folder.name}-{place}"),
        )
        for place in range(number)
    ]
    return Scene([offer.pk for offer in offers], [offer.room.public_id for offer in offers], people, [], folder)


def _empty() -> None:
    """Take the last run's orders and entries away, which nothing but a session without triggers can do."""
    from django.db import connection

    tables = [name for name in connection.introspection.table_names() if name.startswith("ticketing_")]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for name in tables:
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - our own tables
        cursor.execute("DELETE FROM accounts_notification")
        cursor.execute("SET session_replication_role = DEFAULT")


def counting(scene: Scene, place: int) -> Scene:
    """Return the scene of one process, which counts in a row of its own."""
    from tests.campaigns.seats_scene import COUNTED

    size = len(COUNTED)
    return replace(scene, counts=memoryview(scene.counts).cast("B").cast("q")[place * size : (place + 1) * size])


def counted(scene: Scene) -> dict[str, int]:
    """Return what all processes counted together."""
    from tests.campaigns.seats_scene import COUNTED

    return {name: sum(scene.counts[place :: len(COUNTED)]) for place, name in enumerate(COUNTED)}


def judge(scene: Scene, reconciled: tuple[list[str], list[str]]) -> tuple[Verdict, dict[str, int]]:
    """Return what does not fit, and how much there was of everything."""
    from tests.campaigns import seats_verdict as verdicts
    from ticketing.models import Order, Refund, StripeEvent, Ticket

    verdict = verdicts.judge(scene.offers, reconciled)
    verdict = verdicts.Verdict(**{name: list(found) for name, found in vars(verdict).items()})
    counts = {
        "orders": Order.objects.count(),
        "paid": Order.objects.filter(paid_at__isnull=False).count(),
        "tickets": Ticket.objects.count(),
        "refunded": Refund.objects.count(),
        "events": StripeEvent.objects.count(),
    }
    return verdict, counts | _deliveries()


def _deliveries() -> dict[str, int]:
    """Return how many of Stripe's events never left, were sent twice or more, and were tried again or late."""
    from ticketing.devstripe.store import opened

    with opened() as store:
        (made,) = store.rows.execute("SELECT count(*) FROM objects WHERE kind = 'event'").fetchone()
        sent = store.rows.execute("SELECT count(*), max(attempts) FROM deliveries GROUP BY event").fetchall()
    return {
        "events_lost": made - len(sent),
        "events_doubled": sum(times > 1 for times, _attempts in sent),
        "events_again": sum(attempts > 1 for _times, attempts in sent),
    }
