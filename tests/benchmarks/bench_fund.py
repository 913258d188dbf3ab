"""What paying creators costs: `make bench-fund`; the last line is JSON.

By each formula, from a snapshot's file to the allocation's: 1,000 creators and 100,000 receipts of 20,000 listeners;
a few creators are heard by nearly everybody. `allocate_s` is the slowest formula's: reading, checking, allocating and
writing together.

Then 10,000 creators are paid by workers that are killed (tests.benchmarks.bench_payouts): nobody twice, everybody once.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any, Final

from creators.fund import snapshot as snapshots
from creators.fund.allocation import allocate
from creators.fund.formulas import Receipt
from creators.fund.snapshot import Creator, Snapshot
from creators.fund.terms import Formula, Terms

CREATORS: Final = 1_000
RECEIPTS: Final = 100_000
PAID: Final = 10_000
KILLS: Final = 40
# Receipts for each listener.
HEARD: Final = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--creators", type=int, default=CREATORS)
    parser.add_argument("--receipts", type=int, default=RECEIPTS)
    parser.add_argument("--paid", type=int, default=PAID, help="creators of the payout")
    parser.add_argument("--kills", type=int, default=KILLS)
    given = parser.parse_args()
    print(f"{'formula':14} {'read s':>8} {'allocate s':>11} {'write s':>8}   given, left")
    whole = [measure(formula, given.creators, given.receipts) for formula in Formula]
    paid = payout(given.paid, given.kills)
    figures = ("payouts_per_s", "paid_twice", "unpaid")
    print(f"{given.paid} creators paid, {paid['kills']} workers killed meanwhile, {paid['findings']} findings")
    print(json.dumps({"allocate_s": max(whole)} | {name: paid[name] for name in figures}))
    sys.exit(any(paid[name] for name in ("paid_twice", "unpaid", "findings")))


def payout(creators: int, kills: int) -> dict[str, Any]:
    """Pay creators while workers die, in a process of its own: it has Django, and this one has none."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_payouts", f"--creators={creators}", f"--kills={kills}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        sys.exit("The payout fell over; see above.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(formula: Formula, creators: int, receipts: int) -> float:
    """Return how long it takes from file to file, in seconds."""
    raw = snapshots.freeze(period(formula, creators, receipts))
    times = [time.perf_counter()]
    case = snapshots.read(raw)
    times.append(time.perf_counter())
    found = allocate(case)
    times.append(time.perf_counter())
    found.write()
    times.append(time.perf_counter())
    read, allocated, written = (later - earlier for earlier, later in pairwise(times))
    print(f"{formula:14} {read:8.2f} {allocated:11.2f} {written:8.2f}   {found.given}, {found.left}")
    return round(times[-1] - times[0], 2)


def period(formula: Formula, creators: int, receipts: int) -> Snapshot:
    chance = random.Random(8)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < receipts:
        # A few are heard by nearly everybody, most by some.
        creator = min(creators, int(chance.paretovariate(0.5))) - 1
        pairs.add((creator, chance.randrange(receipts // HEARD)))
    is_flat = formula is Formula.FLAT
    return Snapshot(
        programme="bench",
        period=1,
        currency="eur",
        terms=Terms(
            formula,
            budget=100_000_00,
            stipend=250_000 if is_flat else None,
            creator_cap=2_000_00,
            listener_cap=None if is_flat else 36_000,
            min_listeners=10,
        ),
        creators=tuple(Creator(f"c{number:013}") for number in range(creators)),
        receipts=tuple(
            Receipt(f"c{creator:013}", f"{listener:032x}", chance.randrange(60, 30_000))
            for creator, listener in sorted(pairs)
        ),
    )


if __name__ == "__main__":
    main()
