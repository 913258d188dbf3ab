"""Paying many creators by workers that are killed: `python -m tests.benchmarks.bench_payouts`, a part of bench-fund.

Each creator has earned something twice. Workers do what the clock does with payouts, and die by SIGKILL at any moment;
others are started in their place, and what the dead had taken is free again, as it is when their lease is over. At the
end devstripe's transfers are held against what each has earned, and ledger and reconciliation have to find nothing. The
last line is JSON; it fails if anybody was paid twice or not at all.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.campaigns.processes import Crew, Part, in_child, start
from tests.servers.environment import Servers, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

CREATORS: Final = 10_000
KILLS: Final = 40
WORKERS: Final = 2
# Of what a creator earns, for each of two times.
LEAST, MOST = 3_000, 90_000
BATCH: Final = 500
DATABASE: Final = "test_payouts_with_kills"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--creators", type=int, default=CREATORS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    found = measure(given.creators, given.kills, given.seed)
    print(json.dumps(found))
    sys.exit(any(found[name] for name in ("paid_twice", "unpaid", "findings")))


def measure(creators: int, kills: int, seed: int = 8) -> dict[str, Any]:
    """Pay so many creators while so many workers die; return figures and what must be zero."""
    servers = Servers()
    servers.start()
    try:
        settle("")
        os.environ["LOG_LEVEL"] = "CRITICAL"
        import django

        django.setup()
        from django.conf import settings
        from django.db import connections

        in_child(_make_database)
        connections["default"].settings_dict["NAME"] = DATABASE
        with tempfile.TemporaryDirectory(prefix="causerie-payouts-") as folder:
            settings.DEVSTRIPE_FILE = Path(folder) / "devstripe.sqlite3"
            settings.PAYOUT_MINIMUMS = {"eur": 1}
            in_child(lambda: _set_the_scene(creators, seed))
            seconds, died = _pay(creators, kills, seed)
            judged: dict[str, int] = in_child(_judge)
    finally:
        in_child(_drop_database)
        servers.stop()
    return {"creators": creators, "payouts_per_s": round(creators / seconds, 1), "kills": died} | judged


def _pay(creators: int, kills: int, seed: int) -> tuple[float, int]:
    """Let workers pay everybody; return how long it took and how many of them died."""
    chance = random.Random(seed)
    crew = Crew([Part("worker", lambda _seed: start(_work))] * WORKERS, chance)
    began, died = time.perf_counter(), 0
    crew.start()
    try:
        # The deaths are spread over what there is to do, not over a time: a slow machine has as many.
        for number in range(kills):
            point = (number + chance.random()) / kills
            while in_child(_progress) < point:
                time.sleep(0.01)
            crew.let_one_die()
            died += 1
        while in_child(_is_open):
            time.sleep(0.2)
    finally:
        crew.end()
    return time.perf_counter() - began, died


def _work() -> None:
    """Do what the clock does with payouts, until the process is killed."""
    from django.utils import timezone

    from creators.models import Transfer
    from creators.services.paying import advance_runs
    from creators.services.transfers import send_due_transfers

    # Whoever had them is dead; their lease would be over some minutes later.
    Transfer.objects.exclude(leased_until=None).update(leased_until=None)
    while True:
        advance_runs()
        if not send_due_transfers():
            Transfer.objects.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
            time.sleep(0.01)


def _progress() -> float:
    """Return how much is done: of each creator a payout is written, and then two transfers are sent."""
    from creators.models import Payee, Payout, Transfer

    done = Payout.objects.count() + Transfer.objects.filter(state="done").count()
    return done / (3 * Payee.objects.count())


# --- scene and verdict ------------------------------------------------------------------------------------------------


def _make_database() -> None:
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True)


def _drop_database() -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _set_the_scene(creators: int, seed: int) -> None:
    """Make creators with accounts at devstripe, let each earn something twice, and begin to pay them."""
    from accounts.models import User
    from creators.services.payouts import begin_by_staff
    from tests.factories.payouts import top_up

    chance = random.Random(seed)
    User.objects.bulk_create(
        User(handle=f"c{number}", display_name="C", email=f"c{number}@example.org", language="en", password="!")
        for number in range(creators)
    )
    people = list(User.objects.filter(email__endswith="@example.org").order_by("pk"))
    _onboard(people)
    top_up(2 * creators * MOST)
    for first in range(0, len(people), BATCH):
        _let_earn(people[first : first + BATCH], chance)
    begin_by_staff(by=None)


def _onboard(people: Sequence[Any]) -> None:
    from creators.models import Payee
    from ticketing.devstripe import accounts
    from ticketing.devstripe.store import opened

    asked = {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}}
    wanted = {"identity": {"country": "FR"}, "defaults": {"currency": "eur"}, "configuration": asked}
    with opened() as store:
        made = [accounts.create(store, wanted) for _person in people]
        for account in made:
            accounts.stand(store, account["id"], "active")
    Payee.objects.bulk_create(
        Payee(person=person, person_key=person.public_id, account=account["id"], country="FR", transfers="active")
        for person, account in zip(people, made, strict=True)
    )


def _let_earn(people: Sequence[Any], chance: random.Random) -> None:
    from django.db import transaction

    from creators.models import Earning
    from ticketing import account_names as accounts
    from ticketing.services.ledger import Posting, post

    rows = []
    for person in people:
        for time_ in range(2):
            minor = chance.randrange(LEAST, MOST)
            rows.append(
                Earning(
                    creator=person,
                    creator_key=person.public_id,
                    source="fund",
                    source_key=f"{person.public_id}:{time_}",
                    currency="eur",
                    gross=minor,
                    net=minor,
                )
            )
    with transaction.atomic():
        Earning.objects.bulk_create(rows)
        fund = accounts.platform_fees("eur")
        post(
            *(
                Posting(fund, accounts.creator(row.creator_key, "eur"), row.money, f"earning:fund:{row.source_key}")
                for row in rows
            )
        )


def _is_open() -> bool:
    from creators.models import PayoutRun

    return PayoutRun.objects.filter(state="open").exists()


def _judge() -> dict[str, int]:
    """Return how many creators have more, or less, at Stripe than they earned, and what the books find."""
    from django.db.models import Sum
    from django.utils import timezone

    from creators.models import Earning, Payee
    from ticketing.devstripe.store import opened
    from ticketing.ledger_checks import findings

    earned = dict(Earning.objects.order_by().values_list("creator_key").annotate(Sum("net")))
    has: Counter[str] = Counter()
    with opened() as store:
        for made in store.newest("transfer"):
            has[made["destination"]] += made["amount"] - made["amount_reversed"]
    accounts = dict(Payee.objects.values_list("person_key", "account"))
    more = {key: has[accounts[key]] - minor for key, minor in earned.items()}
    found = findings(timezone.now())
    for sentence in found[:10]:
        print(sentence, file=sys.stderr)
    return {
        "paid_twice": sum(minor > 0 for minor in more.values()),
        "unpaid": sum(minor < 0 for minor in more.values()),
        "findings": len(found),
    }


if __name__ == "__main__":
    main()
