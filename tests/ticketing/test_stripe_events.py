"""How events are worked off: once each, again after a failure, and forgotten in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.accounts.clock import Clock
from ticketing.models import StripeEvent
from ticketing.services import stripe_events
from ticketing.tasks import handle_due, handle_event

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.ticketing.conftest import Handler

pytestmark = pytest.mark.django_db

PAID = "checkout.session.completed"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


def waiting(name: str = "evt_1", **fields: Any) -> StripeEvent:
    usual: dict[str, Any] = {
        "type": PAID,
        "object_id": "cs_test_1",
        "livemode": False,
        "created_at": timezone.now(),
        "payload": "{}",
        "received_at": timezone.now(),
        "due_at": timezone.now(),
    }
    return StripeEvent.objects.create(pk=name, **(usual | fields))


def broken() -> None:
    message = "oliver@example.org could not be found"
    raise LookupError(message)


def test_handler_gets_type_and_object_only(handler: Handler, clock: Clock) -> None:
    waiting()
    handle_event("evt_1")
    found = StripeEvent.objects.get()
    assert (handler.calls, found.state, found.processed_at, found.attempts, found.claimed_until) == (
        [(PAID, "cs_test_1")],
        "done",
        clock.moment,
        1,
        None,
    )
    handle_event("evt_1")
    handle_event("evt_that_is_not_there")
    assert len(handler.calls) == 1


def test_failure_is_tried_again_later_and_later(handler: Handler, clock: Clock) -> None:
    waiting()
    handler.does = broken
    pauses = []
    for _ in range(8):
        handle_due()
        due_at = StripeEvent.objects.get().due_at
        pauses.append((due_at - clock.moment).total_seconds())
        clock.moment = due_at - timedelta(seconds=1)
        # Not a second before.
        handle_due()
        clock.on(seconds=1)
    assert (pauses, len(handler.calls)) == ([5, 15, 60, 300, 900, 3600, 3600, 3600], 8)
    # What went wrong may quote people, so only its kind is kept.
    assert StripeEvent.objects.get().error == "LookupError"
    handler.does = lambda: None
    handle_due()
    found = StripeEvent.objects.get()
    assert (found.state, found.error, found.attempts) == ("done", "", 9)


@pytest.mark.parametrize(("attempts", "state"), [(-2, "waiting"), (-1, "failed")])
def test_event_is_given_up_after_enough_attempts(handler: Handler, attempts: int, state: str) -> None:
    waiting(attempts=stripe_events.MOST_ATTEMPTS + attempts)
    handler.does = broken
    handle_event("evt_1")
    assert StripeEvent.objects.get().state == state


def test_one_that_fails_does_not_keep_the_others(handler: Handler) -> None:
    for name in ("evt_1", "evt_2", "evt_3"):
        waiting(name)

    def fails_once() -> None:
        handler.does = lambda: None
        broken()

    handler.does = fails_once
    handle_due()
    assert list(StripeEvent.objects.order_by("pk").values_list("state", flat=True)) == ["waiting", "done", "done"]


def test_type_that_nobody_handles_any_more_waits(handler: Handler, settings: Settings) -> None:
    waiting()
    settings.STRIPE_EVENT_HANDLERS = {}
    handle_event("evt_1")
    found = StripeEvent.objects.get()
    assert (found.state, found.error, handler.calls) == ("waiting", "KeyError", [])


def test_event_of_a_job_that_died_is_taken_when_its_lease_is_over(handler: Handler, clock: Clock) -> None:
    waiting(claim="dead", claimed_until=clock.moment + stripe_events.LEASE)
    handle_due()
    assert handler.calls == []
    clock.moment += stripe_events.LEASE
    handle_due()
    assert len(handler.calls) == 1


def test_job_whose_lease_ran_out_writes_nothing_over_the_other(handler: Handler, clock: Clock) -> None:
    waiting()

    def is_overtaken() -> None:
        clock.on(minutes=6)
        handler.does = broken
        handle_event("evt_1")

    handler.does = is_overtaken
    handle_event("evt_1")
    found = StripeEvent.objects.get()
    # The second one's failure stands, and with it another attempt.
    assert (found.state, found.error, found.attempts, len(handler.calls)) == ("waiting", "LookupError", 2, 2)


def test_old_events_are_forgotten(settings: Settings, clock: Clock) -> None:
    settings.STRIPE_EVENT_DAYS = 30
    done = {"state": "done", "processed_at": clock.moment}
    waiting("evt_waiting")
    waiting("evt_done", **done)
    waiting("evt_late", **done | {"processed_at": clock.moment + timedelta(seconds=1)})
    clock.on(days=30)
    stripe_events.forget_old(clock.moment)
    assert StripeEvent.objects.count() == 3
    clock.on(seconds=1)
    stripe_events.forget_old(clock.moment)
    assert sorted(StripeEvent.objects.values_list("pk", flat=True)) == ["evt_late", "evt_waiting"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "done"},
        {"processed_at": timezone.now()},
        {"state": "done", "processed_at": timezone.now(), "claimed_until": timezone.now()},
        {"type": ""},
    ],
)
def test_database_refuses_states_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting(**wrong)
