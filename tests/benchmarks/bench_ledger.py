"""What the ledger costs on PostgreSQL: `make bench-ledger`; the last line is JSON.

Sales of three entries each, posted by 1 and by 8 threads into the same accounts; then, among 300,000 entries, sealing
that day, the time for which it lets nobody write, and `check_ledger`.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from tests.servers.environment import Servers, settle

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRIES = 300_000
SALES = 400


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--sales", type=int, default=SALES)
    given = parser.parse_args()
    servers = Servers()
    servers.start()
    try:
        settle("")
        import django

        django.setup()
        from django.db import connection

        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        found = {f"sales_per_s_{threads}": post_sales(given.sales, threads) for threads in (1, 8)}
        fill(given.entries)
        found |= look_through()
        for name, value in found.items():
            print(f"{name:24} {value:10.1f}")
        print(json.dumps({"entries": given.entries, **found}))
    finally:
        servers.stop()


def post_sales(number: int, threads: int) -> float:
    """Return how many sales a second are posted, each in a transaction of its own."""
    from django.db import connection

    from tests.ticketing.books import sale, write

    write(*sale(f"warm-{threads}"))

    def post_some(thread: int) -> None:
        for place in range(number // threads):
            write(*sale(f"{threads}-{thread}-{place}"))
        connection.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(post_some, range(threads)))
    return round(number / (time.perf_counter() - began), 1)


def fill(number: int) -> None:
    """Lay down entries of some days ago, in one statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ticketing_entry (debit_id, credit_id, amount, currency, key, memo, order_key, at) "
            "SELECT entry.debit_id, entry.credit_id, entry.amount, 'eur', 'filled:' || n, '', 'order' || n, now() "
            "FROM generate_series(1, %s) AS n, (SELECT * FROM ticketing_entry ORDER BY id LIMIT 1) AS entry",
            [number],
        )
        cursor.execute("ANALYZE")


def look_through() -> dict[str, float]:
    """Return how long sealing, its lock, balances and the check take, in milliseconds."""
    from django.core.management import call_command
    from django.utils import timezone

    from tests.ticketing.books import STRIPE
    from ticketing.selectors.ledger import balance, statement
    from ticketing.services import sealing

    tomorrow = timezone.now() + timedelta(days=1)
    return {
        "lock_ms": statistics.median(took(sealing._last_committed_id) for _ in range(9)),
        "seal_ms": took(partial(sealing.seal_days, tomorrow)),
        "balance_ms": statistics.median(took(partial(balance, STRIPE)) for _ in range(5)),
        "statement_ms": statistics.median(took(partial(statement, STRIPE)) for _ in range(5)),
        "check_ledger_ms": took(partial(call_command, "check_ledger", stdout=io.StringIO())),
    }


def took(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return round((time.perf_counter() - began) * 1000, 1)


if __name__ == "__main__":
    main()
