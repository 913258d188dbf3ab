"""Seats sold in rooms that are much too small, while processes die: `make campaign-seats ARGS="--runs 20"`.

Each run: people in several processes try to get the few seats of some rooms, jobs run in another process, and again and
again one of them is killed (SIGKILL) and started anew. Webhooks come late, twice, in any order or never. Then time
passes, a sweep and a reconciliation follow, and nothing may be left that does not fit (seats_verdict). An attempt is
one person's try to get a seat. Totals add up over runs in a JSON file; the last line is JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers.environment import Servers, settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkProcess

    from tests.campaigns.seats_people import Scene
    from tests.campaigns.seats_verdict import Verdict

FORK = multiprocessing.get_context("fork")
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--web", type=int, default=4, help="processes in which people buy")
    parser.add_argument("--calm", type=float, default=1.0, help="seconds between two deaths, on average")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--totals", type=Path, help="a JSON file in which all runs are added up")
    parser.add_argument("--notes", type=Path, help="a file to which each violation is appended at once")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.randrange(1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        totals = campaign(
            [Plan(seed + number, given.seconds, given.web, given.calm) for number in range(given.runs)],
            Path(folder),
            notes=given.notes,
            totals=given.totals,
        )
    print(json.dumps(totals))
    sys.exit(1 if totals["violations"] else 0)


def campaign(plans: list[Plan], folder: Path, *, notes: Path | None, totals: Path | None) -> dict[str, int]:
    """Make all runs; return their totals."""
    servers = Servers()
    servers.start()
    try:
        _begin()
        sums: Counter[str] = Counter()
        for plan in plans:
            found = one_run(plan, folder / str(plan.seed))
            _say(plan, found, notes)
            sums.update(found["counts"])
            if totals is not None:
                _add_up(totals, found["counts"])
        return dict(sums)
    finally:
        _end()
        servers.stop()


def one_run(plan: Plan, folder: Path) -> dict[str, Any]:
    """Let people buy while processes die, and judge. All that opens a connection happens in a child."""
    from tests.campaigns.seats_people import COUNTED

    folder.mkdir(parents=True)
    chance = random.Random(plan.seed)
    scene: Scene = _in_child(lambda: _set_the_scene(chance, folder))
    scene = _with_counts(scene, RawArray("q", len(COUNTED) * (plan.web + 1)), folder)
    kills = _let_them(plan, scene, folder, chance)
    verdict, events = _in_child(lambda: _judge(scene))
    sampled = (folder / "sampled").read_text().splitlines() if (folder / "sampled").exists() else []
    verdict.miscounted += sampled
    errors = _errors(folder / "errors")
    whole = {name: sum(scene.counts[place :: len(COUNTED)]) for place, name in enumerate(COUNTED)}
    counts = whole | events | {"runs": 1, "kills": kills, "faults": sum(errors.values())}
    for name, sentences in asdict(verdict).items():
        counts[name] = len(sentences)
    counts["violations"] = len(verdict.sentences())
    return {"counts": counts, "verdict": verdict, "errors": errors}


# --- the processes ----------------------------------------------------------------------------------------------------


def _let_them(plan: Plan, scene: Scene, folder: Path, chance: random.Random) -> int:
    """Start everybody, kill one after the other for as long as the run lasts, and end all; return how many died."""
    from tests.campaigns import seats_people as people
    from tests.campaigns import seats_verdict as verdicts

    def web(place: int, seed: int) -> ForkProcess:
        mine = _counting(scene, place)
        return _start(lambda: people.Visitor(mine, seed).run())

    def jobs(_place: int, seed: int) -> ForkProcess:
        return _start(lambda: people.run_jobs(scene, seed))

    def life(_place: int, seed: int) -> ForkProcess:
        mine = _counting(scene, plan.web)
        return _start(lambda: people.Life(mine, seed).run())

    kinds: list[Callable[[int, int], ForkProcess]] = [*[web] * plan.web, life, jobs, jobs]
    sampler = _start(lambda: verdicts.keep_sampling(scene.offers, folder / "sampled"))
    running = [kind(place, chance.randrange(1 << 30)) for place, kind in enumerate(kinds)]
    until, kills = time.monotonic() + plan.seconds, 0
    while time.monotonic() < until:
        time.sleep(chance.expovariate(1 / plan.calm))
        place = chance.randrange(len(running))
        _kill(running[place])
        kills += 1
        running[place] = kinds[place](place, chance.randrange(1 << 30))
    for process in (*running, sampler):
        _kill(process)
    return kills


def _start(act: Callable[[], object]) -> ForkProcess:
    process = FORK.Process(target=_quietly, args=(act,), daemon=True)
    process.start()
    return process


def _quietly(act: Callable[[], object]) -> None:
    """Be a process of its own: no connection is taken over from the one that forked it, as it has none open."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    random.seed()
    act()


def _kill(process: ForkProcess) -> None:
    process.kill()
    process.join()


def _in_child(act: Callable[[], Any]) -> Any:
    """Do something in a child and return what it returned, so that nothing of it is open when others are forked."""
    ours, theirs = FORK.Pipe(duplex=False)

    def run() -> None:
        from django.db import connections

        theirs.send(act())
        connections.close_all()

    process = FORK.Process(target=run)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


# --- a run's beginning and end ----------------------------------------------------------------------------------------


def _begin() -> None:
    settle("")
    os.environ["LOG_LEVEL"] = "CRITICAL"
    import django

    django.setup()
    _in_child(_make_database)
    from django.db import connections

    connections["default"].settings_dict["NAME"] = DATABASE
    _import_all()


def _import_all() -> None:
    """Import here what a sale imports, so that whoever comes after a death begins at once."""
    for name in _in_child(_modules_of_a_sale):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from django.urls import reverse

    reverse("ticketing:stripe-webhook")


def _modules_of_a_sale() -> list[str]:
    import config.urls  # noqa: F401
    from tests.campaigns.seats_people import jobs_of
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


def _end() -> None:
    from django.conf import settings

    if settings.configured:
        _in_child(_drop_database)


def _drop_database() -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _set_the_scene(chance: random.Random, folder: Path) -> Scene:
    """Empty the books, and offer few seats to many people."""
    from accounts.models import User
    from tests.campaigns.seats_people import Scene
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


def _with_counts(scene: Scene, counts: Any, folder: Path) -> Scene:
    from dataclasses import replace

    from django.conf import settings

    settings.DEVSTRIPE_FILE = folder / "devstripe.sqlite3"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_the_campaign"
    return replace(scene, counts=counts, log=folder / "errors")


def _counting(scene: Scene, place: int) -> Scene:
    """Return the scene of one process, which counts in a row of its own."""
    from dataclasses import replace

    from tests.campaigns.seats_people import COUNTED

    size = len(COUNTED)
    return replace(scene, counts=memoryview(scene.counts).cast("B").cast("q")[place * size : (place + 1) * size])


def _judge(scene: Scene) -> tuple[Verdict, dict[str, int]]:
    from tests.campaigns import seats_verdict as verdicts
    from ticketing.models import Order, Refund, StripeEvent, Ticket

    verdict = verdicts.judge(scene.offers, verdicts.settle())
    verdict = verdicts.Verdict(**{name: list(found) for name, found in vars(verdict).items()})
    counts = {
        "orders": Order.objects.count(),
        "paid": Order.objects.filter(paid_at__isnull=False).count(),
        "tickets": Ticket.objects.count(),
        "refunded": Refund.objects.count(),
        "events": StripeEvent.objects.count(),
    }
    return verdict, counts


# --- what is said of it -----------------------------------------------------------------------------------------------


def _errors(path: Path) -> Counter[str]:
    """Return each fault, with how often it was."""
    if not path.exists():
        return Counter()
    return Counter(path.read_text().splitlines())


def _say(plan: Plan, found: dict[str, Any], notes: Path | None) -> None:
    shown = {name: count for name, count in found["counts"].items() if count}
    lines = [f"run {plan.seed}: {shown}", *found["verdict"].sentences()]
    lines += [f"fault {count} x {error[:900]}" for error, count in found["errors"].most_common()]
    print("\n  ".join(lines), flush=True)
    if notes is not None and len(lines) > 1:
        with notes.open("a") as file:
            file.writelines(f"[campaign, seed {plan.seed}] {line}\n" for line in lines)


def _add_up(path: Path, counts: dict[str, int]) -> None:
    before = Counter(json.loads(path.read_text()) if path.exists() else {})
    before.update(counts)
    path.write_text(json.dumps(dict(before), indent=1))


if __name__ == "__main__":
    main()
