"""The way over HTTP: what buyers' and hosts' browsers send to the site's web processes, which may die meanwhile."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, parse_cookie
from django.urls import reverse
from django.utils import translation

from rooms.bot.login import cookie
from tests.campaigns.seats_scene import CutOffError
from tests.campaigns.seats_ways import LATER, session_at
from ticketing.enums import RefundReason
from ticketing.models import Order, Ticket
from ticketing.offer_form import PART, WHOLE, typed_price
from ticketing.selling_errors import HoldOverError, NotForSaleError, SoldOutError, TicketHeldError
from ticketing.services.refunds import left_of

if TYPE_CHECKING:
    from accounts.models import User
    from config.lib.money import Money
    from rooms.models import Room
    from tests.campaigns.seats_scene import Scene
    from ticketing.models import Offer

CSRF = "a" * 32
# Somebody who gets no answer for so long has met a fault; so long all web processes may be away at once.
PATIENCE_SECONDS = 30
AGAIN_SECONDS = 0.1


class PageFaultError(Exception):
    """A page with a fault, or none at all from a process that lives."""


@dataclass(frozen=True)
class Answer:
    """What a browser got: a page, or where it is led; and what is said at the top of the next page."""

    status: int
    location: str
    messages: list[str]


class Browser:
    """People with browsers; Stripe's own page is the only one that is not the site's."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._chance = Random(seed)
        # A seat's button leads to Stripe's page at once; it is open until somebody looks at it.
        self._open: dict[int, str] = {}

    def hold(self, offer: int, person: User) -> Order:
        room = self._scene.rooms[self._scene.offers.index(offer)]
        answer = self._ask(person.pk, "seat", room, form={})
        if not _is_checkout(answer.location):
            raise _told(answer)
        session = session_at(answer.location)
        order = Order.objects.get(session=session)
        self._open = {order.pk: session}
        return order

    def page(self, order: Order) -> str:
        if (session := self._open.pop(order.pk, None)) is not None:
            return session
        answer = self._ask(order.buyer_id, "pay", order.public_id, form={})
        if not _is_checkout(answer.location):
            raise HoldOverError
        return session_at(answer.location)

    def look(self, order: Order) -> None:
        self._ask(order.buyer_id, "order", order.public_id, query="?paid=1")

    def give_up(self, order: Order) -> None:
        self._ask(order.buyer_id, "give-up", order.public_id, form={})

    def join_line(self, offer: int, person: User) -> None:
        self._ask(person.pk, "line", self._scene.rooms[self._scene.offers.index(offer)], form={})

    def refund(self, order: Order, reason: RefundReason, *, by: User | None = None, part: Money | None = None) -> None:
        """Give it back as its buyer; for any other reason the host does it."""
        if reason == RefundReason.BUYER and by is not None:
            self._ask(by.pk, "refund", order.public_id, form={})
            return
        room, left = order.offer.room, left_of(order)
        form = {"how_much": WHOLE if part is None else PART, "left": str(left.minor)}
        with translation.override("en"):
            form["part"] = "" if part is None else typed_price(part)
        ticket = Ticket.objects.get(order=order)
        self._ask(room.host_id, "host-refund", room.public_id, ticket.public_id, form=form)

    def move(self, room: Room) -> None:
        if room.starts_at is None:
            return
        later = (room.starts_at + LATER).astimezone(UTC)
        words = {"title": room.title, "description": room.description, "language": room.language}
        time_ = {"day": later.date().isoformat(), "hour": f"{later:%H:%M}", "zone": "UTC"}
        self._ask(room.host_id, "rooms:edit", room.public_id, form=words | time_)

    def invite(self, room: Room, person: User) -> None:
        self._ask(room.host_id, "host-guests", room.public_id, form={"handle": person.handle})

    def take_off(self, room: Room, guest: Ticket) -> None:
        self._ask(room.host_id, "host-guest-off", room.public_id, guest.public_id, form={})

    def offer_seats(self, offer: Offer, seats: int) -> None:
        with translation.override("en"):
            price = typed_price(offer.price)
        form = {"price": price, "currency": offer.currency, "seats": str(seats), "revision": str(offer.revision)}
        self._ask(offer.room.host_id, "host", offer.room.public_id, form=form | {"zone": "UTC"})

    def call_off(self, room: Room) -> None:
        self._ask(room.host_id, "rooms:cancel", room.public_id, form={})

    def _ask(
        self, person: int | None, name: str, *of: str, form: dict[str, str] | None = None, query: str = ""
    ) -> Answer:
        """Send what a browser would, a POST with a `form`. Raises CutOffError, PageFaultError."""
        page = reverse(name if ":" in name else f"ticketing:{name}", args=of)
        headers = {"Cookie": f"{cookie(self._scene.sessions[person or 0])}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        link = self._connected()
        try:
            if form is None:
                link.request("GET", page + query, headers=headers)
            else:
                typed = headers | {"Content-Type": "application/x-www-form-urlencoded"}
                link.request("POST", page, urlencode(form), typed)
            answer = link.getresponse()
            answer.read()
        except TimeoutError as error:
            msg = f"no answer from {name}"
            raise PageFaultError(msg) from error
        except (OSError, http.client.HTTPException) as error:
            raise CutOffError from error
        finally:
            link.close()
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.FORBIDDEN:
            msg = f"{answer.status} of {name}"
            raise PageFaultError(msg)
        return Answer(answer.status, answer.headers.get("Location", ""), _messages(answer))

    def _connected(self) -> http.client.HTTPConnection:
        """Return a connection to any web process that is there, as a proxy would."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for port in self._chance.sample(self._scene.ports, len(self._scene.ports)):
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
                try:
                    link.connect()
                except OSError:
                    link.close()
                else:
                    return link
            time.sleep(AGAIN_SECONDS)
        msg = "no web process takes connections"
        raise PageFaultError(msg)


def _is_checkout(location: str) -> bool:
    return "/checkout/" in location


def _told(answer: Answer) -> Exception:
    """Return why somebody got no seat, as the next page would tell them."""
    with translation.override("en"):
        for error in (SoldOutError, NotForSaleError, TicketHeldError, HoldOverError):
            if str(error()) in answer.messages:
                return error()
    if "/orders/" in answer.location:
        # They hold a seat, and had paid for it without the site knowing.
        return TicketHeldError()
    msg = f"{answer.status} to {answer.location}, told {answer.messages}"
    return PageFaultError(msg)


def _messages(answer: http.client.HTTPResponse) -> list[str]:
    request = HttpRequest()
    for header in answer.headers.get_all("Set-Cookie", []):
        request.COOKIES |= parse_cookie(header.partition(";")[0])
    return [str(message) for message in CookieStorage(request)]
