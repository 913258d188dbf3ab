"""How fast one hot room sells, on PostgreSQL: `make bench-seats`; the last line is JSON.

Each buyer is a process of its own; together they want every seat that is left, and a tenth more than there are.

* `hold`: a seat is held, and no more.
* `seat`: held, paid, followed to ticket, key and ledger, with what Stripe would answer at hand: our own part.
* `services`: the same, with Stripe's page opened and paid at devstripe, both in the buyer's process.
* `http`: the two requests of a buyer's browser to a Daphne process, whose CPU seconds are read from /proc.

The room's capacity is 100, 10,000 and 100,000; all but the last seats are sold beforehand, and of rooms of 100 several
are sold out, one after the other. Each process has bought some tickets elsewhere before, so that none does for the
first time what it does once. Each has a devstripe of its own: Stripe's customers do not wait for one another's files.
Receipts are sent by a job, afterwards: what the rows of one cost is measured apart. Each row is the median of rounds.
PostgreSQL is on the same machine, and reached by its Unix socket.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers.environment import Servers, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ticketing.models import Offer

FORK = multiprocessing.get_context("fork")
ROOT = Path(__file__).resolve().parents[2]
CAPACITIES = (100, 10_000, 100_000)
BUYERS = (1, 8, 32)
SEATS = 800
ROUNDS = 3
# So often a connection has executed a statement before psycopg and PostgreSQL have both prepared it for good, and some.
WARM_UP = 12
CPU = ("buyer_cpu_ms", "backend_cpu_ms", "server_cpu_ms")
PRICE = 1_200
HEAD = "way       capacity  buyers  seats/s  ms each  oversold  lost  CPU ms a seat: buyer  backend  server"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seats", type=int, default=SEATS, help="sold in each measurement")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="measurements of each, of which the median counts")
    parser.add_argument("--ways", default="hold,seat,services,http")
    given = parser.parse_args()
    servers = Servers()
    servers.start(by_socket=True)
    try:
        settle("")
        os.environ["LOG_LEVEL"] = "CRITICAL"
        import django

        django.setup()
        name = in_child(make_database)
        from django.db import connections

        connections["default"].settings_dict["NAME"] = name
        import config.urls  # noqa: F401 - once, not in each child

        print(HEAD, flush=True)
        print(json.dumps(summary(measure_all(given.ways.split(","), given.seats, given.rounds))))
    finally:
        servers.stop()


def measure_all(ways: list[str], seats: int, rounds: int) -> list[dict[str, Any]]:
    """Measure each way at each number of buyers in a room of middle size, and with 8 buyers in rooms of all sizes.

    Round after round, so that a machine's slow minutes meet all of them alike.
    """
    pairs = [(CAPACITIES[1], buyers) for buyers in BUYERS]
    pairs += [(capacity, BUYERS[1]) for capacity in CAPACITIES if capacity != CAPACITIES[1]]
    found = []
    for way in ways:
        measured = [[measure(way, *pair, seats) for pair in pairs] for _ in range(rounds)]
        for rows in zip(*measured, strict=True):
            found.append(row := median_of(list(rows)))
            cpu = "".join(f"{row[name]:>9.1f}" if name in row else f"{'-':>9}" for name in CPU)
            print(
                f"{way:<10}{row['capacity']:>8}{row['buyers']:>8}{row['rate']:>9.1f}"
                f"{1000 * row['buyers'] / row['rate']:>9.1f}{row['oversold']:>10}{row['lost']:>6}{'':>11}{cpu}",
                flush=True,
            )
    return found


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the best figure of each way, and what must be zero."""
    found: dict[str, Any] = {
        f"{way}_per_s": max(row["rate"] for row in rows if row["way"] == way) for way in {row["way"] for row in rows}
    }
    return {
        "seats_per_s": found.get("services_per_s", max(row["rate"] for row in rows)),
        **found,
        "oversold": sum(row["oversold"] for row in rows),
        "lost": sum(row["lost"] for row in rows),
    }


def median_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the middle one by rate, with everything that went wrong in any of them."""
    middle = sorted(rows, key=lambda row: row["rate"])[len(rows) // 2]
    return middle | {name: sum(row[name] for row in rows) for name in ("oversold", "lost")}


def measure(way: str, capacity: int, buyers: int, seats: int) -> dict[str, Any]:
    each = min(seats, capacity)
    scenes = in_child(lambda: set_the_scenes(capacity, [each] * (seats // each), buyers, way))
    seats = seats // each * each
    row: dict[str, Any] = {"way": way, "capacity": capacity, "buyers": buyers}
    with daphne() if way == "http" else contextlib.nullcontext() as server:
        before = cpu_seconds(server.pid) if server else 0.0
        elapsed, spent = sell(way, scenes, buyers, server.port if server else 0)
        row |= {name: 1000 * seconds / seats for name, seconds in zip(CPU, spent, strict=False)}
        if server:
            # It has sold those of the warm-up as well.
            row["server_cpu_ms"] = 1000 * (cpu_seconds(server.pid) - before) / (seats + WARM_UP * buyers)
    judged: Counter[str] = Counter()
    for scene in scenes[1:]:
        judged.update(in_child(partial(judge, scene["offer"])))
    return row | {"rate": round(seats / elapsed, 1), "oversold": judged["oversold"], "lost": judged["lost"]}


# --- buyers -----------------------------------------------------------------------------------------------------------


def sell(way: str, scenes: list[dict[str, Any]], buyers: int, port: int) -> tuple[float, list[float]]:
    """Let everybody buy at once; return how long it took until the last was through, and what CPU they spent."""
    ready, go = FORK.Barrier(buyers + 1), FORK.Event()
    spent: Any = FORK.Array("d", 2)
    one = {"hold": hold, "seat": buy_seat, "services": buy, "http": browser(port)}[way]
    warm_up, *rooms = scenes

    def queue(number: int) -> None:
        if way != "http":
            have_own_devstripe(number)
        visit(warm_up, number)
        ready.wait()
        go.wait()
        before = spent_so_far()
        for room in rooms:
            visit(room, number)
        after = spent_so_far()
        with spent:
            spent[:] = [sum_ + end - begin for sum_, begin, end in zip(spent, before, after, strict=True)]

    def visit(room: dict[str, Any], number: int) -> None:
        for person in room["people"][number::buyers]:
            one(room, person)

    processes = [FORK.Process(target=queue, args=(number,)) for number in range(buyers)]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    go.set()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit("A buyer fell over; see above.")
    return time.perf_counter() - began, list(spent)


def have_own_devstripe(number: int) -> None:
    from django.conf import settings

    settings.DEVSTRIPE_FILE = f"{settings.DEVSTRIPE_FILE}.{number}"


def spent_so_far() -> tuple[float, float]:
    """Return the CPU seconds of this process and of its PostgreSQL backend, if that runs on this machine."""
    from django.db import connection

    link = connection.connection
    if link is None or not Path(f"/proc/{link.info.backend_pid}").exists():
        return time.process_time(), 0.0
    return time.process_time(), cpu_seconds(link.info.backend_pid)


def hold(scene: dict[str, Any], person: Any) -> None:
    from ticketing.selling_errors import SoldOutError
    from ticketing.services.seats import hold_seat

    with contextlib.suppress(SoldOutError):
        hold_seat(scene["offer"], person)


def buy(scene: dict[str, Any], person: Any) -> None:
    """Buy through services and devstripe, all in this process."""
    from ticketing.selling_errors import SoldOutError
    from ticketing.services import checkout
    from ticketing.services.seats import hold_seat

    with contextlib.suppress(SoldOutError):
        order = hold_seat(scene["offer"], person)
        pay_at_devstripe(checkout.begin(order, language="en"))
        checkout.look_at(order)


def buy_seat(scene: dict[str, Any], person: Any) -> None:
    """Buy with Stripe's answers at hand."""
    from ticketing import stripe_gateway as gateway
    from ticketing.models import Order
    from ticketing.selling_errors import SoldOutError
    from ticketing.services.payments import record_payment
    from ticketing.services.seats import hold_seat

    try:
        order = hold_seat(scene["offer"], person)
    except SoldOutError:
        return
    session, payment, charge = answers(order.public_id)
    vars(gateway).update(retrieve_payment=lambda _name: payment, retrieve_charge=lambda _name: charge)
    order.session = session.id
    Order.objects.filter(pk=order.pk).update(session=session.id)
    record_payment(session, order)


def answers(order: str) -> tuple[Any, Any, Any]:
    """Return what Stripe says of an order that was paid."""
    from django.utils import timezone

    from ticketing.stripe_objects import BalanceTransaction, Charge, CheckoutSession, PaymentIntent

    name, now = secrets.token_hex(8), timezone.now()
    line = BalanceTransaction(f"txn_{name}", "charge", PRICE, 43, PRICE - 43, "eur", f"ch_{name}", now)
    charge = Charge(
        f"ch_{name}", "succeeded", PRICE, 0, "eur", f"pi_{name}", False, "", "FR", "FR", line
    )  # fmt: skip
    payment = PaymentIntent(f"pi_{name}", "succeeded", PRICE, PRICE, "eur", charge.id, "", {})
    session = CheckoutSession(
        f"cs_{name}", "complete", "paid", PRICE, 0, "eur", order, now, None, payment.id, "FR", {}
    )  # fmt: skip
    return session, payment, charge


def browser(port: int) -> Callable[[dict[str, Any], Any], None]:
    """Return how somebody buys with a browser: the button, Stripe's page, and back."""

    def buy_over_http(scene: dict[str, Any], person: Any) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        cookie = f"sessionid={scene['sessions'][person.pk]}; csrftoken={'a' * 32}"
        headers = {"Cookie": cookie, "X-CSRFToken": "a" * 32, "Accept": "text/html"}
        link.request("POST", f"/rooms/{scene['room']}/seat/", "", headers)
        answer = link.getresponse()
        answer.read()
        page = answer.headers.get("Location", "")
        if "checkout" in page:
            order = pay_at_devstripe(page)
            link.request("GET", f"/orders/{order}/?paid=1", headers={"Cookie": cookie})
            answer = link.getresponse()
            answer.read()
        if answer.status >= 400:
            sys.exit(f"{answer.status} of {page}")

    return buy_over_http


def pay_at_devstripe(page: str) -> str:
    """Type the good card on Stripe's page; return which order it was for."""
    from ticketing.devstripe import checkout as devstripe
    from ticketing.devstripe.cards import CARDS
    from ticketing.devstripe.store import opened

    session = page.rstrip("/").rpartition("/")[2]
    with opened() as store:
        paid = devstripe.pay(store, session, CARDS["4242424242424242"], email="a@example.org", country="FR")
    return str(paid["client_reference_id"])


# --- scene, server, verdict -------------------------------------------------------------------------------------------


def make_database() -> str:
    from django.db import connection

    return connection.creation.create_test_db(verbosity=0, autoclobber=True)


def set_the_scenes(capacity: int, seats: list[int], buyers: int, way: str) -> list[dict[str, Any]]:
    """Make rooms with so many seats left, and before them one to warm up in; each with a tenth more people than seats.

    They are a room's offer and public id, its people and, over HTTP, their sessions.
    """
    people = make_people(max(WARM_UP * buyers, max(seats) + max(seats) // 10))
    sessions = {person.pk: log_in(person) for person in people} if way == "http" else {}

    def scene(size: int, left: int, wanting: int) -> dict[str, Any]:
        offer = planned_room(size, left)
        room = {"offer": offer.pk, "room": offer.room.public_id}
        return room | {"people": people[:wanting], "sessions": sessions}

    warm_up = scene(WARM_UP * buyers, WARM_UP * buyers, WARM_UP * buyers)
    return [warm_up, *(scene(capacity, left, left + left // 10) for left in seats)]


def make_people(number: int) -> list[Any]:
    from accounts.models import User

    mark = secrets.token_hex(3)
    User.objects.bulk_create(
        User(
            handle=f"b{mark}{at}",
            display_name="B",
            email=f"b{mark}{at}@example.org",
            language="en",
            password="!",
        )
        for at in range(number)
    )
    return list(User.objects.filter(handle__startswith=f"b{mark}").order_by("pk"))


def planned_room(capacity: int, left: int) -> Offer:
    from tests.factories.payments import planned_offer
    from tests.factories.people import UserFactory

    offer = planned_offer(seats=capacity, amount=PRICE, host=UserFactory.create(handle=f"host{secrets.token_hex(3)}"))
    if capacity > left:
        fill(offer, capacity - left)
    return offer


def fill(offer: Offer, number: int) -> None:
    """Lay down sold seats: one by hand, and the others after it. Their buyers have erased their accounts."""
    from django.db import connection
    from django.utils import timezone

    from ticketing.models import Offer, Order, Ticket

    now = timezone.now()
    sold = {"state": "paid", "paid_at": now, "charged": PRICE, "fee": 43, "country": "FR", "tax_rate": 2000, "tax": 200}
    order = Order.objects.create(offer=offer, amount=PRICE, currency="eur", held_until=now, **sold)
    ticket = Ticket.objects.create(room=offer.room, order=order, kind="bought")
    with connection.cursor() as cursor:
        columns, values = copied(Order, order.pk)
        cursor.execute(f"INSERT INTO ticketing_order ({columns}) SELECT {values}", [number - 1])
        columns, values = copied(Ticket, ticket.pk, order_id="fresh.id")
        source = "(SELECT id FROM ticketing_order WHERE offer_id = %s AND id > %s) AS fresh"
        values = values.replace("generate_series(1, %s) AS n", source)
        cursor.execute(f"INSERT INTO ticketing_ticket ({columns}) SELECT {values}", [offer.pk, order.pk])
        cursor.execute("ANALYZE")
    Offer.objects.filter(pk=offer.pk).update(taken=number)


def copied(model: Any, key: int, **others: str) -> tuple[str, str]:
    """Return the columns of a table, and what an INSERT selects to write a row again and again under other names."""
    names = [field.column for field in model._meta.fields if not field.primary_key]
    others = {"public_id": "substr(md5(random()::text), 1, 14)", **others}
    values = [others.get(name, f"first.{name}") for name in names]
    table = model._meta.db_table
    source = f"FROM {table} AS first, generate_series(1, %s) AS n WHERE first.id = {key}"
    return ", ".join(names), f"{', '.join(values)} {source}"


def log_in(person: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from config.lib.sessions import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


class Daphne:
    """A web process on the benchmark's database."""

    def __init__(self) -> None:
        from django.conf import settings

        from tests.servers.ports import free_port

        self.port = free_port()
        database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + settings.DATABASES["default"]["NAME"]
        environment = os.environ | {"DATABASE_URL": database, "PORT": str(self.port)}
        command = [sys.executable, "-m", "daphne", "-p", str(self.port), "--no-server-name", "config.asgi:application"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.pid = self.process.pid

    def wait(self) -> None:
        """Wait until it answers, and let it do once what it does only once."""
        for _ in range(300):
            with contextlib.suppress(OSError):
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                link.request("GET", "/tickets/")
                link.getresponse().read()
                return
            time.sleep(0.1)
        sys.exit("Daphne did not start.")


@contextlib.contextmanager
def daphne() -> Iterator[Daphne]:
    started = Daphne()
    try:
        started.wait()
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def judge(offer_id: int) -> dict[str, int]:
    """Return how many seats were sold beyond the capacity, and how many payments led to no ticket."""
    from ticketing.models import Offer, Order, Ticket

    offer = Offer.objects.get(pk=offer_id)
    tickets = Ticket.objects.filter(room=offer.room_id, voided_at=None).count()
    states = Counter(Order.objects.filter(offer=offer).values_list("state", flat=True))
    paid = states["paid"] + states["refunded"]
    if states["held"] + paid < offer.capacity:
        sys.exit(f"Only {states['held'] + paid} of {offer.capacity} seats were sold: {dict(states)}.")
    sold = max(tickets + states["held"], offer.taken)
    return {"oversold": max(sold - offer.capacity, 0), "lost": paid - tickets}


def in_child(act: Callable[[], Any]) -> Any:
    """Do something in a child, so that no connection is open when others are forked."""
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=lambda: theirs.send(act()))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


if __name__ == "__main__":
    main()
