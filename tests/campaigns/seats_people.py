"""What people and jobs do in a campaign: each call is one process's part, and may be killed at any moment.

A *web* process lets one person after the other try to get a seat, through the services that the pages call; whoever
pays does it on devstripe's page. A *jobs* process runs what Celery's beat would start, and brings devstripe's events
through the site's own endpoint.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.lib.errors import DomainError
from config.lib.money import Money
from rooms.models import Room
from rooms.services.planning import cancel_room, reschedule_room
from ticketing.devstripe import checkout as devstripe
from ticketing.devstripe import controls
from ticketing.devstripe.cards import CARDS
from ticketing.devstripe.delivery import deliver_due
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import Manner
from ticketing.devstripe.store import opened
from ticketing.enums import OrderState, RefundReason, ReleaseReason, TicketKind
from ticketing.errors import PaymentsUnavailableError
from ticketing.models import Offer, Order, Ticket
from ticketing.selling_errors import NotForSaleError, SoldOutError, TicketHeldError
from ticketing.services import checkout
from ticketing.services.calling_off import refund_cancelled
from ticketing.services.guests import add_guest, remove_guest
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import change_offer
from ticketing.services.refunds import ask_refund, send_due_refunds
from ticketing.services.seats import hold_seat, join_line, release
from ticketing.services.stripe_events import due_events, handle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from accounts.models import User

COUNTED = (
    "attempts",
    "not_sold",
    "sold_out",
    "held",
    "paid_pages",
    "declined",
    "given_up",
    "left",
    "late",
    "refunds",
    "disputes",
)
GOOD, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"
COUNTRIES = ("FR", "DE", "EE", "FI", "US", "GB")


@dataclass(frozen=True)
class Scene:
    """What all processes of a run know; `counts` is shared memory, which outlives whoever is killed."""

    offers: Sequence[int]
    rooms: Sequence[str]
    people: Sequence[User]
    counts: Any
    log: Path

    def count(self, what: str) -> None:
        # Two processes may count at once and one be lost: there are never more attempts than are counted.
        self.counts[COUNTED.index(what)] += 1

    def note(self, error: BaseException) -> None:
        """Write an error down that nobody expected: what would be a page with a fault, or a job that is tried again."""
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
        way = " > ".join(f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames)
        said = " ".join(str(error).split())
        with self.log.open("a") as file:
            file.write(f"{type(error).__name__} at {way}: {said}\n")


class Visitor:
    """One person after the other, until the process is killed."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._chance = random.Random(seed)

    def run(self) -> None:
        parent = os.getppid()
        while os.getppid() == parent:
            try:
                self.visit()
            except (DomainError, ApiError):
                # Something that one is told: another was faster, the page is closed, the card is declined.
                continue
            except Exception as error:  # noqa: BLE001 - the next person comes whatever happened to this one
                self._scene.note(error)

    def visit(self) -> None:
        if self._chance.random() < 0.1 and (held := self._offered()):
            # Whose turn it is in the waiting line comes back.
            self._with_seat(held)
            return
        offer, person = self._chance.choice(self._scene.offers), self._chance.choice(self._scene.people)
        self._scene.count("attempts")
        try:
            order = hold_seat(offer, person)
        except SoldOutError:
            self._scene.count("sold_out")
            if self._chance.random() < 0.01:
                join_line(offer, person)
            return
        except NotForSaleError:
            # Called off: nobody is in anybody's way.
            self._scene.count("not_sold")
            return
        except TicketHeldError:
            self._with_ticket(offer, person)
            return
        self._scene.count("held")
        self._with_seat(order)

    def _with_seat(self, order: Order) -> None:
        does: list[tuple[float, Callable[[Order], None]]] = [
            (0.40, self._pay),
            (0.08, self._pay_in_two_tabs),
            (0.10, self._pay_late),
            (0.10, self._decline),
            (0.07, self._ask_the_bank),
            (0.10, self._leave),
            (0.08, self._give_up),
            (0.07, self._pay_and_give_up),
        ]
        self._chance.choices([what for _weight, what in does], [weight for weight, _what in does])[0](order)

    def _offered(self) -> Order | None:
        return Order.objects.filter(offer__in=self._scene.offers, state=OrderState.HELD).order_by("?").first()

    def _pay(self, order: Order) -> None:
        self._at_page(self._page(order), GOOD)
        if self._chance.random() < 0.6:
            # They come back to the site; the others close the window, and the webhook tells.
            checkout.look(order.pk)

    def _pay_in_two_tabs(self, order: Order) -> None:
        tabs = [self._page(order), self._page(order)]
        for page in tabs:
            try:
                self._at_page(page, GOOD)
            except ApiError:
                checkout.look(order.pk)

    def _pay_late(self, order: Order) -> None:
        """Pay when the site has given the seat on, as if its hold were shorter than Stripe's page."""
        page = self._page(order)
        self._scene.count("late")
        release(order.pk, ReleaseReason.EXPIRED)
        self._at_page(page, GOOD)
        if self._chance.random() < 0.5:
            checkout.look(order.pk)

    def _decline(self, order: Order) -> None:
        page = self._page(order)
        try:
            self._at_page(page, DECLINED)
        except ApiError:
            self._scene.count("declined")
        if self._chance.random() < 0.6:
            self._at_page(page, GOOD)

    def _ask_the_bank(self, order: Order) -> None:
        page = self._page(order)
        self._at_page(page, ASKS)
        good = self._chance.random() < 0.7
        with opened() as store:
            devstripe.answer(store, page, CARDS[ASKS], good=good)
        checkout.look(order.pk)

    def _leave(self, order: Order) -> None:
        self._scene.count("left")
        if self._chance.random() < 0.5:
            self._page(order)
        let_time_pass(order)

    def _give_up(self, order: Order) -> None:
        if self._chance.random() < 0.7:
            self._page(order)
        self._scene.count("given_up")
        checkout.give_up(order.pk)

    def _pay_and_give_up(self, order: Order) -> None:
        self._at_page(self._page(order), GOOD)
        self._scene.count("given_up")
        checkout.give_up(order.pk)

    def _page(self, order: Order) -> str:
        """Open Stripe's page and return its session."""
        address = checkout.begin(order, language="en", origin="https://causerie.example.org")
        return address.rstrip("/").rpartition("/")[2]

    def _at_page(self, session: str, number: str) -> None:
        """Type a card at Stripe. What is written of a declined one stays written, as at the page."""
        refused: ApiError | None = None
        with opened() as store:
            try:
                devstripe.pay(
                    store,
                    session,
                    CARDS[number],
                    email="somebody@example.org",
                    country=self._chance.choice(COUNTRIES),
                )
            except ApiError as error:
                refused = error
        if refused is not None:
            raise refused
        self._scene.count("paid_pages")

    def _with_ticket(self, offer: int, person: User) -> None:
        if self._chance.random() < 0.5:
            return
        paid = Order.objects.filter(offer=offer, buyer=person, state=OrderState.PAID)
        order = paid.filter(takes_seat=True).first()
        if order is None:
            return
        self._scene.count("refunds")
        if self._chance.random() < 0.3:
            part = Money(self._chance.randint(1, order.amount), order.currency)
            ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=part)
        else:
            reason = self._chance.choice((RefundReason.BUYER, RefundReason.STAFF))
            ask_refund(order.pk, reason=reason, by=person)


class Life:
    """What happens meanwhile: time passes, tickets are given back, banks ask for money, hosts call off or move."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._chance = random.Random(seed)

    def run(self) -> None:
        parent = os.getppid()
        while os.getppid() == parent:
            try:
                self.happen()
            except (DomainError, ApiError):
                continue
            except Exception as error:  # noqa: BLE001 - life goes on
                self._scene.note(error)
            time.sleep(self._chance.uniform(0, 0.06))

    def happen(self) -> None:
        happens: list[tuple[float, Callable[[], None]]] = [
            (60, self._time_passes),
            (25, self._ticket_given_back),
            (2, self._disputed),
            (2, self._decided),
            (4, self._webhooks_change),
            (1, self._moved),
            (3, self._guest_comes_or_goes),
            (2, self._more_or_fewer_seats),
            (0.1, self._called_off),
        ]
        self._chance.choices([what for _weight, what in happens], [weight for weight, _what in happens])[0]()

    def _time_passes(self) -> None:
        let_time_pass(self._any(state=OrderState.HELD))

    def _ticket_given_back(self) -> None:
        if (order := self._any(state=OrderState.PAID, takes_seat=True)) is None:
            return
        self._scene.count("refunds")
        part = Money(self._chance.randint(1, order.amount), order.currency) if self._chance.random() < 0.3 else None
        ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=part)

    def _disputed(self) -> None:
        if (order := self._any(state=OrderState.PAID, takes_seat=True)) is not None:
            controls.open_dispute(order.charge)
            self._scene.count("disputes")

    def _decided(self) -> None:
        with opened() as store:
            waiting = [each["id"] for each in store.newest("dispute") if each["status"] == "needs_response"]
        if waiting:
            controls.close_dispute(self._chance.choice(waiting), self._chance.choice(("won", "lost")))

    def _webhooks_change(self) -> None:
        manner = Manner(
            late=self._chance.choice((0.0, 0.2, 2.0)),
            shuffled=self._chance.random() < 0.5,
            times=self._chance.choice((1, 1, 2)),
            lost=self._chance.random() < 0.3,
        )
        controls.deliver_in_manner(manner)

    def _moved(self) -> None:
        room = self._room()
        if room.starts_at is not None:
            reschedule_room(room.public_id, by=room.host, starts_at=room.starts_at + timedelta(minutes=30))

    def _guest_comes_or_goes(self) -> None:
        room = self._room()
        guest = Ticket.objects.filter(room=room, kind=TicketKind.GUEST, voided_at=None).order_by("?").first()
        if guest is not None:
            remove_guest(room.public_id, by=room.host, ticket_id=guest.public_id)
        else:
            add_guest(room.public_id, by=room.host, person=self._chance.choice(self._scene.people))

    def _more_or_fewer_seats(self) -> None:
        room = self._room()
        offer = Offer.objects.get(room=room)
        seats = max(1, offer.capacity + self._chance.choice((-1, 1)))
        terms = OfferTerms(offer.price, seats, offer.sales_begin_at, offer.sales_end_at)
        change_offer(room.public_id, by=room.host, revision=offer.revision, terms=terms)

    def _room(self) -> Room:
        return Room.objects.select_related("host").get(public_id=self._chance.choice(self._scene.rooms))

    def _called_off(self) -> None:
        """One room always stays, so that there is something to try for."""
        if self._scene.rooms[1:]:
            cancel_room(self._scene.rooms[-1], by=None, staff=True)

    def _any(self, **which: Any) -> Order | None:
        return Order.objects.filter(offer__in=self._scene.offers, **which).order_by("?").first()


def let_time_pass(order: Order | None) -> None:
    """Let a hold run out."""
    if order is not None:
        over = timezone.now() - timedelta(seconds=1)
        Order.objects.filter(pk=order.pk, state=OrderState.HELD).update(held_until=over)


def deliver(body: bytes, signature: str) -> int:
    """Bring an event to the site's endpoint, as devstripe does over HTTP."""
    answer = Client(SERVER_NAME=urlsplit(settings.SITE_URL).hostname or "").post(
        reverse("ticketing:stripe-webhook"),
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    return answer.status_code


def handle_waiting() -> int:
    return sum(handle(event) for event in due_events())


def jobs_of(post: Callable[[bytes, str], int] = deliver) -> tuple[Callable[[], Any], ...]:
    """Return what beat starts again and again."""
    return (
        lambda: deliver_due(post),
        handle_waiting,
        checkout.end_holds,
        refund_cancelled,
        send_due_refunds,
    )


def run_jobs(scene: Scene, seed: int) -> None:
    """Run the jobs in any order until the process is killed."""
    chance, jobs, parent = random.Random(seed), list(jobs_of()), os.getppid()
    while os.getppid() == parent:
        try:
            chance.choice(jobs)()
        except PaymentsUnavailableError:
            continue
        except Exception as error:  # noqa: BLE001 - the next job is done whatever happened to this one
            scene.note(error)
        time.sleep(chance.uniform(0, 0.05))
