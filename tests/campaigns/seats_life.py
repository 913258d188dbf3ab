"""What happens while people buy: holds run out, hosts and banks do this and that, webhooks go astray."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from config.lib.money import Money
from rooms.models import Room
from tests.campaigns.seats_people import let_time_pass
from tests.campaigns.seats_scene import keep_doing
from ticketing.devstripe import controls
from ticketing.devstripe.events import Manner
from ticketing.devstripe.store import opened
from ticketing.enums import OrderState, RefundReason, TicketKind
from ticketing.models import Offer, Order, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.campaigns.seats_scene import Scene
    from tests.campaigns.seats_ways import Way


class Life:
    """What happens meanwhile: time passes, tickets are given back, banks ask for money, hosts call off or move."""

    def __init__(self, scene: Scene, seed: int, way: Way, *, pause: float, call_off: float) -> None:
        self._scene = scene
        self._chance = random.Random(seed)
        self._way = way
        # At most so many seconds between two things; how often one of a hundred is that a room is called off.
        self._pause, self._call_off = pause, call_off

    def run(self) -> None:
        keep_doing(self.happen, self._scene, lambda: self._chance.uniform(0, self._pause))

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
            (self._call_off, self._called_off),
        ]
        self._chance.choices([what for _weight, what in happens], [weight for weight, _what in happens])[0]()

    def _time_passes(self) -> None:
        let_time_pass(self._any(state=OrderState.HELD))

    def _ticket_given_back(self) -> None:
        if (order := self._any(state=OrderState.PAID, takes_seat=True)) is None:
            return
        self._scene.count("refunds")
        part = Money(self._chance.randint(1, order.amount), order.currency) if self._chance.random() < 0.3 else None
        self._way.refund(order, RefundReason.HOST, part=part)

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
        self._way.move(self._room())

    def _guest_comes_or_goes(self) -> None:
        room = self._room()
        guest = Ticket.objects.filter(room=room, kind=TicketKind.GUEST, voided_at=None).order_by("?").first()
        if guest is not None:
            self._way.take_off(room, guest)
        else:
            self._way.invite(room, self._chance.choice(self._scene.people))

    def _more_or_fewer_seats(self) -> None:
        offer = Offer.objects.select_related("room__host").get(pk=self._chance.choice(self._scene.offers))
        self._way.offer_seats(offer, max(1, offer.capacity + self._chance.choice((-1, 1))))

    def _room(self) -> Room:
        return self._named(self._chance.choice(self._scene.rooms))

    def _named(self, room: str) -> Room:
        return Room.objects.select_related("host").get(public_id=room)

    def _called_off(self) -> None:
        """One room always stays, so that there is something to try for."""
        if self._scene.rooms[1:]:
            self._way.call_off(self._named(self._scene.rooms[-1]))
            self._scene.count("called_off")

    def _any(self, **which: Any) -> Order | None:
        return Order.objects.filter(offer__in=self._scene.offers, **which).order_by("?").first()
