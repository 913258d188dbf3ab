"""devstripe's webhooks on their way to the real endpoint: signed, late, twice, out of order, lost, and again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.accounts.clock import Clock
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls, delivery
from ticketing.devstripe.events import Manner
from ticketing.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from ticketing.stripe_objects import CheckoutRequest

    Ask = Callable[..., CheckoutRequest]
    Post = Callable[[bytes, str], int]

SESSIONS = 12


class Inbox:
    """An endpoint that notes what comes, and answers what it is told to."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.came: list[bytes] = []

    def __call__(self, body: bytes, _signature: str) -> int:
        self.came.append(body)
        return self.status

    def events(self) -> list[str]:
        return [str(json.loads(body)["id"]) for body in self.came]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


def happen(ask: Ask, times: int = 1) -> list[str]:
    """Let Checkouts be closed; return their events in this order."""
    for n in range(times):
        session = gateway.create_checkout(ask(), key=f"make_{n}_{timezone.now()}").id
        gateway.expire_checkout(session, key=f"close_{n}_{timezone.now()}")
    return [event for event, _kind, _about in reversed(controls.latest(times))]


@pytest.mark.django_db
def test_events_reach_the_real_endpoint(ask: Ask, post_event: Post) -> None:
    told = happen(ask, 3)
    assert delivery.deliver_due(post_event) == 3
    assert sorted(StripeEvent.objects.values_list("pk", flat=True)) == sorted(told)
    assert delivery.deliver_due(post_event) == 0


@pytest.mark.django_db
def test_another_secret_is_refused_by_the_endpoint(ask: Ask, post_event: Post, settings: Settings) -> None:
    happen(ask)

    def after_a_change(body: bytes, signature: str) -> int:
        settings.STRIPE_WEBHOOK_SECRET = "whsec_new"
        return post_event(body, signature)

    assert (delivery.deliver_due(after_a_change), StripeEvent.objects.count()) == (0, 0)


def test_events_come_in_order_once_at_once(ask: Ask) -> None:
    told, inbox = happen(ask, SESSIONS), Inbox()
    delivery.deliver_due(inbox)
    assert inbox.events() == told


def test_late_events_come_late(ask: Ask, clock: Clock) -> None:
    controls.deliver_in_manner(Manner(late=60))
    told, inbox = happen(ask), Inbox()
    clock.on(seconds=59)
    delivery.deliver_due(inbox)
    assert inbox.events() == []
    clock.on(seconds=1)
    delivery.deliver_due(inbox)
    assert inbox.events() == told


def test_events_come_twice_on_demand(ask: Ask) -> None:
    controls.deliver_in_manner(Manner(times=2))
    told, inbox = happen(ask), Inbox()
    delivery.deliver_due(inbox)
    assert inbox.events() == told * 2


def test_shuffled_events_come_in_another_order(ask: Ask, clock: Clock) -> None:
    controls.deliver_in_manner(Manner(late=60, shuffled=True))
    told, inbox = happen(ask, SESSIONS), Inbox()
    clock.on(seconds=61)
    delivery.deliver_due(inbox)
    # One order out of 12! is the right one.
    assert (sorted(inbox.events()) == sorted(told), inbox.events() == told) == (True, False)


def test_lost_events_never_come_but_can_be_sent(ask: Ask) -> None:
    controls.deliver_in_manner(Manner(lost=True))
    told, inbox = happen(ask), Inbox()
    assert (delivery.deliver_due(inbox), inbox.came) == (0, [])
    controls.send_again(told[0])
    assert (delivery.deliver_due(inbox), inbox.events()) == (1, told)


@pytest.mark.parametrize("status", [0, 400, 413, 500, 503, 301])
def test_event_that_was_not_taken_comes_again(ask: Ask, clock: Clock, status: int) -> None:
    told, inbox = happen(ask), Inbox(status)
    assert delivery.deliver_due(inbox) == 0
    clock.on(seconds=1)
    delivery.deliver_due(inbox)
    assert len(inbox.came) == 1
    clock.on(seconds=1)
    inbox.status = 200
    assert (delivery.deliver_due(inbox), inbox.events()) == (1, told * 2)


def test_event_is_given_up_after_three_days(ask: Ask, clock: Clock) -> None:
    happen(ask)
    inbox = Inbox(500)
    for pause in (0, *delivery.PAUSES, 24 * 3600):
        clock.on(seconds=pause)
        delivery.deliver_due(inbox)
    assert (len(inbox.came), sum(delivery.PAUSES) > 3 * 24 * 3600) == (len(delivery.PAUSES) + 1, True)


def test_delivery_that_died_is_done_by_another(ask: Ask, clock: Clock) -> None:
    told, inbox = happen(ask), Inbox()

    def dies(_body: bytes, _signature: str) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delivery.deliver_due(dies)
    delivery.deliver_due(inbox)
    assert inbox.came == []
    clock.on(seconds=delivery.CLAIM_SECONDS)
    delivery.deliver_due(inbox)
    assert inbox.events() == told


def test_two_who_deliver_at_once_deliver_once(ask: Ask) -> None:
    told, inbox = happen(ask, SESSIONS), Inbox()
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _n: delivery.deliver_due(inbox), range(8))) == SESSIONS
    assert sorted(inbox.events()) == sorted(told)


def test_checkout_nobody_asks_about_still_tells_its_end(ask: Ask, clock: Clock) -> None:
    gateway.create_checkout(ask(), key="a")
    clock.on(minutes=31)
    inbox = Inbox()
    delivery.deliver_due(inbox)
    assert [json.loads(body)["type"] for body in inbox.came] == ["checkout.session.expired"]


def test_site_that_does_not_answer_is_no_error(ask: Ask, settings: Settings) -> None:
    settings.SITE_URL = "http://127.0.0.1:1"
    happen(ask)
    assert delivery.deliver_due() == 0
