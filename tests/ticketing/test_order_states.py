"""Whatever people, banks' pages and clocks do in whatever order: orders, seats and money stay what a simple model says.

The model knows of each order how it stands, what Stripe's page for it knows and what went back; of the offer how many
seats there are. It knows no locks, rows or entries. After each step the site must say the same, and its books must fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as project
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from config.lib.errors import DomainError
from config.lib.money import Money
from rooms.services.planning import cancel_room
from tests.factories.payments import planned_offer
from tests.factories.people import UserFactory
from ticketing import order_checks
from ticketing.devstripe import checkout as devstripe
from ticketing.devstripe.cards import CARDS
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.store import opened
from ticketing.enums import OrderState, RefundReason, ReleaseReason, TicketKind
from ticketing.models import Offer, Order, Refund, Ticket
from ticketing.offer_errors import GuestHasSeatError, GuestNoSeatError
from ticketing.selling_errors import HoldOverError, NotForSaleError, SoldOutError, TicketHeldError
from ticketing.services import checkout
from ticketing.services.calling_off import refund_cancelled
from ticketing.services.guests import add_guest, remove_guest
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import change_offer
from ticketing.services.reconciling import reconcile
from ticketing.services.refunds import ask_refund, send_due_refunds
from ticketing.services.seats import hold_seat, release

if TYPE_CHECKING:
    from pathlib import Path

PRICE = 1_200
PEOPLE = 4
GOOD, DECLINED = "4242424242424242", "4000000000000002"
EXAMPLES, STEPS = 15, 30


@dataclass
class Wish:
    """An order as the model sees it. `page` is Stripe's: "" (none yet), open, paid, closed."""

    person: int
    state: str = "held"
    page: str = ""
    seat: bool = True
    ticket: bool = False
    charged: int = 0
    # Promised back, and whether some of it has not been sent yet.
    back: int = 0
    waiting: bool = False


class Selling(RuleBasedStateMachine):
    """One offer, a few people who all want in, and everything that may happen to them."""

    orders = Bundle("orders")
    people = st.integers(0, PEOPLE - 1)

    @initialize(seats=st.integers(1, 3))
    def open_the_sale(self, seats: int) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        Selling.number += 1
        project.DEVSTRIPE_FILE = Selling.folder / f"{Selling.number}.sqlite3"
        self.offer = planned_offer(seats=seats)
        self.room = self.offer.room
        self.persons = UserFactory.create_batch(PEOPLE)
        self.capacity, self.cancelled = seats, False
        self.wishes: dict[int, Wish] = {}
        self.guests: set[int] = set()

    # Set by the test, for each of which there is a folder.
    folder: Path
    number = 0

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(target=orders, person=people)
    def hold(self, person: int) -> Any:
        seated = self._seated(person)
        wanted: type[DomainError] | None = None
        if person in self.guests or (seated and seated[1].state == "paid"):
            wanted = TicketHeldError
        elif not seated and self.cancelled:
            wanted = NotForSaleError
        elif not seated and not self._free():
            wanted = SoldOutError
        if wanted is not None:
            with pytest.raises(wanted):
                hold_seat(self.offer.pk, self.persons[person])
            return multiple()
        order = hold_seat(self.offer.pk, self.persons[person])
        if seated:
            assert order.pk == seated[0]
            return multiple()
        self.wishes[order.pk] = Wish(person)
        return order.pk

    @rule(order=orders)
    def begin(self, order: int) -> None:
        wish = self.wishes[order]
        if wish.state == "held" and not self.cancelled and wish.page in ("", "open"):
            assert checkout.begin(Order.objects.get(pk=order), language="en").startswith("http")
            wish.page = "open"
            return
        paid = wish.state in ("paid", "refunded")
        with pytest.raises((TicketHeldError, HoldOverError)):
            checkout.begin(Order.objects.get(pk=order), language="en")
        if not paid and wish.state == "held" and not self.cancelled:
            self._learned(wish)

    @rule(order=orders, card=st.sampled_from([GOOD, GOOD, DECLINED]))
    def pay(self, order: int, card: str) -> None:
        """Type a card at Stripe, whose page knows nothing of what became of the seat."""
        wish = self.wishes[order]
        if not wish.page:
            return
        session = Order.objects.values_list("session", flat=True).get(pk=order)
        good = wish.page == "open" and card == GOOD
        try:
            with opened() as store:
                devstripe.pay(store, session, CARDS[card], email="somebody@example.org", country="FR")
        except ApiError:
            assert not good
        else:
            assert good
            wish.page = "paid"

    @rule(order=orders)
    def come_back(self, order: int) -> None:
        checkout.look(order)
        self._learned(self.wishes[order])

    @rule(order=orders, times=st.integers(1, 2))
    def webhook(self, order: int, times: int) -> None:
        """Stripe tells, soon or late, once or twice; whoever is not told at all is told by the other rules."""
        session = Order.objects.values_list("session", flat=True).get(pk=order)
        if session:
            for _time in range(times):
                checkout.session_changed("checkout.session.completed", session)
            self._learned(self.wishes[order])

    @rule(order=orders)
    def give_up(self, order: int) -> None:
        checkout.give_up(order)
        wish = self.wishes[order]
        if wish.state == "held":
            self._ended(wish)

    @rule(order=orders)
    def run_out(self, order: int) -> None:
        Order.objects.filter(pk=order, state=OrderState.HELD).update(held_until=timezone.now() - timedelta(seconds=1))
        checkout.end_holds()
        if self.wishes[order].state == "held":
            self._ended(self.wishes[order])
        self._cancelled_holds()

    @rule(order=orders)
    def seat_is_lost(self, order: int) -> None:
        """End a hold with Stripe's page left open, as no clock of ours ever should."""
        release(order, ReleaseReason.EXPIRED)
        wish = self.wishes[order]
        if wish.state == "held":
            wish.state, wish.seat = "released", False

    # --- what is done about it ----------------------------------------------------------------------------------------

    @rule(order=orders, part=st.sampled_from([None, 1, 399, PRICE]), by_host=st.booleans())
    def refund(self, order: int, part: int | None, by_host: bool) -> None:
        wish = self.wishes[order]
        left = wish.charged - wish.back
        wanted = left if part is None else part
        reason = RefundReason.HOST if by_host else RefundReason.BUYER
        amount = None if part is None else Money(part, "eur")
        if not left or wanted > left or (not by_host and self.cancelled):
            with pytest.raises(DomainError):
                ask_refund(order, reason=reason, by=None, amount=amount)
            return
        ask_refund(order, reason=reason, by=None, amount=amount)
        self._promised(wish, wanted)

    @rule()
    def send(self) -> None:
        send_due_refunds()
        for wish in self.wishes.values():
            wish.waiting = False
            if wish.charged and wish.back == wish.charged:
                wish.state = "refunded"

    @precondition(lambda self: not self.cancelled)
    @rule(person=people)
    def invite(self, person: int) -> None:
        if person in self.guests:
            return
        wanted = GuestHasSeatError if self._seated(person) else None if self._free() else GuestNoSeatError
        if wanted is not None:
            with pytest.raises(wanted):
                add_guest(self.room.public_id, by=self.room.host, person=self.persons[person])
            return
        add_guest(self.room.public_id, by=self.room.host, person=self.persons[person])
        self.guests.add(person)

    @precondition(lambda self: self.guests and not self.cancelled)
    @rule()
    def uninvite(self) -> None:
        person = self.guests.pop()
        ticket = Ticket.objects.get(kind=TicketKind.GUEST, holder=self.persons[person], voided_at=None)
        assert remove_guest(self.room.public_id, by=self.room.host, ticket_id=ticket.public_id)

    @precondition(lambda self: not self.cancelled)
    @rule(seats=st.integers(1, 4))
    def resize(self, seats: int) -> None:
        offer = Offer.objects.get(pk=self.offer.pk)
        terms = OfferTerms(price=offer.price, seats=seats, begins_at=offer.sales_begin_at, ends_at=offer.sales_end_at)
        if seats < self._taken():
            with pytest.raises(DomainError):
                change_offer(self.room.public_id, by=self.room.host, revision=offer.revision, terms=terms)
            return
        change_offer(self.room.public_id, by=self.room.host, revision=offer.revision, terms=terms)
        self.capacity = seats

    @precondition(lambda self: len(self.wishes) > 2 and not self.cancelled)
    @rule()
    def cancel(self) -> None:
        cancel_room(self.room.public_id, by=self.room.host)
        self.cancelled = True

    @precondition(lambda self: self.cancelled)
    @rule()
    def give_everybody_back(self) -> None:
        checkout.end_holds()
        self._cancelled_holds()
        refund_cancelled()
        for wish in self.wishes.values():
            if wish.charged > wish.back:
                self._promised(wish, wish.charged - wish.back)

    # --- the model ----------------------------------------------------------------------------------------------------

    def _taken(self) -> int:
        return sum(wish.seat for wish in self.wishes.values()) + len(self.guests)

    def _free(self) -> int:
        return self.capacity - self._taken()

    def _seated(self, person: int) -> tuple[int, Wish] | None:
        found = [(pk, wish) for pk, wish in self.wishes.items() if wish.person == person and wish.seat]
        return found[0] if found else None

    def _learned(self, wish: Wish) -> None:
        """The site has asked Stripe how a payment stands."""
        if wish.page == "closed" and wish.state == "held":
            wish.state, wish.seat = "released", False
        if wish.page != "paid" or wish.charged:
            return
        regained = not wish.seat and self._free() > 0 and not self._seated(wish.person) and not self.cancelled
        kept = (wish.seat or regained) and not self.cancelled and wish.person not in self.guests
        wish.state, wish.charged, wish.seat, wish.ticket = "paid", PRICE, kept, kept
        if not kept:
            self._promised(wish, PRICE)

    def _ended(self, wish: Wish) -> None:
        """The site has closed Stripe's page, if it could."""
        if wish.page == "paid":
            self._learned(wish)
        else:
            wish.state, wish.seat, wish.page = "released", False, "closed" if wish.page else ""

    def _cancelled_holds(self) -> None:
        for wish in self.wishes.values():
            if self.cancelled and wish.state == "held":
                self._ended(wish)

    def _promised(self, wish: Wish, amount: int) -> None:
        wish.back, wish.waiting = wish.back + amount, True
        if wish.back == wish.charged:
            wish.seat = wish.ticket = False

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def site_says_what_the_model_says(self) -> None:
        says = {
            order.pk: (order.state, order.takes_seat, order.charged or 0, order.refunded, _has_ticket(order))
            for order in Order.objects.select_related("ticket")
        }
        assert says == {
            pk: (wish.state, wish.seat, wish.charged, wish.back, wish.ticket) for pk, wish in self.wishes.items()
        }
        offer = Offer.objects.get(pk=self.offer.pk)
        assert (offer.taken, offer.capacity) == (self._taken(), self.capacity)
        assert offer.taken <= offer.capacity

    @invariant()
    def books_fit(self) -> None:
        assert list(order_checks.findings()) == []

    def teardown(self) -> None:
        """Whatever was left open is found by reconciliation, and Stripe and the ledger agree."""
        try:
            if hasattr(self, "wishes"):
                self._settle()
        finally:
            if hasattr(self, "undo"):
                transaction.set_rollback(True)
                self.undo.__exit__(None, None, None)

    def _settle(self) -> None:
        project.RECONCILE_MARGIN_MINUTES = -1
        assert reconcile(timezone.now()).findings == []
        send_due_refunds()
        assert reconcile(timezone.now()).findings == []
        assert list(order_checks.findings()) == []
        with opened() as store:
            charges = [each for each in store.newest("charge") if each["status"] == "succeeded"]
        kept = sum(each["amount"] - each["amount_refunded"] for each in charges)
        orders = Order.objects.exclude(charged=None)
        assert kept == sum((order.charged or 0) - order.refunded for order in orders)
        assert Refund.objects.filter(state="wanted").count() == 0


def _has_ticket(order: Order) -> bool:
    ticket = getattr(order, "ticket", None)
    return ticket is not None and ticket.voided_at is None


@pytest.mark.django_db
def test_selling_goes_as_the_model_says(tmp_path: Path, settings: Any) -> None:
    # What the machine sets is put back after the test.
    settings.DEVSTRIPE_FILE = tmp_path / "0.sqlite3"
    settings.RECONCILE_MARGIN_MINUTES = 0
    Selling.folder = tmp_path
    run_state_machine_as_test(Selling, settings=_settings())


def _settings() -> Any:
    return examples(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
