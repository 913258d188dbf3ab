"""People who try to get a seat: held, paid at devstripe's page well or badly, left, given up, given back.

Whichever way they come (seats_ways): one person after the other, until their process is killed.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from config.lib.money import Money
from tests.campaigns.seats_scene import keep_doing
from ticketing.devstripe import checkout as devstripe
from ticketing.devstripe.cards import CARDS
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.store import opened
from ticketing.enums import OrderState, RefundReason, ReleaseReason
from ticketing.models import Order
from ticketing.selling_errors import NotForSaleError, SoldOutError, TicketHeldError
from ticketing.services.seats import release

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from tests.campaigns.seats_scene import Scene
    from tests.campaigns.seats_ways import Way

GOOD, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"
COUNTRIES = ("FR", "DE", "EE", "FI", "US", "GB")


class Visitor:
    """One person after the other, until the process is killed."""

    def __init__(self, scene: Scene, seed: int, way: Way) -> None:
        self._scene = scene
        self._chance = random.Random(seed)
        self._way = way

    def run(self) -> None:
        keep_doing(self.visit, self._scene)

    def visit(self) -> None:
        if self._chance.random() < 0.1 and (held := self._offered()):
            # Whose turn it is in the waiting line comes back.
            self._with_seat(held)
            return
        offer, person = self._chance.choice(self._scene.offers), self._chance.choice(self._scene.people)
        self._scene.count("attempts")
        try:
            order = self._way.hold(offer, person)
        except SoldOutError:
            self._scene.count("sold_out")
            if self._chance.random() < 0.01:
                self._way.join_line(offer, person)
                self._scene.count("joined")
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
        self._at_page(self._way.page(order), GOOD)
        if self._chance.random() < 0.6:
            # They come back to the site; the others close the window, and the webhook tells.
            self._way.look(order)

    def _pay_in_two_tabs(self, order: Order) -> None:
        tabs = [self._way.page(order), self._way.page(order)]
        for page in tabs:
            try:
                self._at_page(page, GOOD)
            except ApiError:
                self._way.look(order)

    def _pay_late(self, order: Order) -> None:
        """Pay when the site has given the seat on, as if its hold were shorter than Stripe's page."""
        page = self._way.page(order)
        self._scene.count("late")
        release(order.pk, ReleaseReason.EXPIRED)
        self._at_page(page, GOOD)
        if self._chance.random() < 0.5:
            self._way.look(order)

    def _decline(self, order: Order) -> None:
        page = self._way.page(order)
        try:
            self._at_page(page, DECLINED)
        except ApiError:
            self._scene.count("declined")
        if self._chance.random() < 0.6:
            self._at_page(page, GOOD)

    def _ask_the_bank(self, order: Order) -> None:
        page = self._way.page(order)
        self._at_page(page, ASKS)
        good = self._chance.random() < 0.7
        with opened() as store:
            devstripe.answer(store, page, CARDS[ASKS], good=good)
        self._way.look(order)

    def _leave(self, order: Order) -> None:
        self._scene.count("left")
        if self._chance.random() < 0.5:
            self._way.page(order)
        let_time_pass(order)

    def _give_up(self, order: Order) -> None:
        if self._chance.random() < 0.7:
            self._way.page(order)
        self._scene.count("given_up")
        self._way.give_up(order)

    def _pay_and_give_up(self, order: Order) -> None:
        self._at_page(self._way.page(order), GOOD)
        self._scene.count("given_up")
        self._way.give_up(order)

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
            self._way.refund(order, RefundReason.HOST, part=part)
        else:
            self._way.refund(order, self._chance.choice((RefundReason.BUYER, RefundReason.STAFF)), by=person)


def let_time_pass(order: Order | None) -> None:
    """Let a hold run out."""
    if order is not None:
        over = timezone.now() - timedelta(seconds=1)
        Order.objects.filter(pk=order.pk, state=OrderState.HELD).update(held_until=over)
