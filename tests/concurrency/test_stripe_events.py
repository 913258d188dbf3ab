"""One event of Stripe's and two jobs, on PostgreSQL."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from tests.concurrency.test_rooms import at_once
from ticketing.models import StripeEvent
from ticketing.services import stripe_events
from ticketing.stripe_objects import EventHint

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

handled: list[str] = []


def note(kind: str, about: str) -> None:
    """Handle an event, for STRIPE_EVENT_HANDLERS."""
    del kind
    handled.append(about)


@pytest.fixture(autouse=True)
def _handled_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    handled.clear()
    settings.STRIPE_EVENT_HANDLERS = {"charge.refunded": "ours"}
    monkeypatch.setattr(stripe_events, "import_string", lambda _path: note)


def claim_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two claim only when both are about to."""
    both_there = threading.Barrier(2)
    real = QuerySet.update

    def update(self: QuerySet[Any], **values: Any) -> int:
        if "attempts" in values:
            both_there.wait(10)
        return real(self, **values)

    monkeypatch.setattr(QuerySet, "update", update)


def worked_off_by_two() -> list[object]:
    StripeEvent.objects.create(
        pk="evt_1", type="charge.refunded", object_id="ch_1", livemode=False, created_at=timezone.now(), payload="{}"
    )
    return at_once(*[partial(stripe_events.handle, "evt_1")] * 2)


def test_two_jobs_handle_an_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    claim_together(monkeypatch)
    assert (sorted(map(str, worked_off_by_two())), handled) == (["False", "True"], ["ch_1"])


def test_control_two_jobs_handle_it_twice_without_the_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    claim_together(monkeypatch)
    looked, written = threading.Barrier(2), threading.Barrier(2)

    def looks_first(event: str) -> str | None:
        """Look, then write: what the conditional update does in one."""
        found = StripeEvent.objects.filter(pk=event, claimed_until=None).first()
        looked.wait(10)
        StripeEvent.objects.filter(pk=event).update(claim="mine", claimed_until=timezone.now(), attempts=1)
        # Else one of them may be through already.
        written.wait(10)
        return "mine" if found else None

    monkeypatch.setattr(stripe_events, "_claim", looks_first)
    assert (worked_off_by_two(), handled) == ([True, True], ["ch_1", "ch_1"])


def test_event_that_comes_twice_at_once_is_stored_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hint = EventHint("evt_1", "charge.refunded", "ch_1", livemode=False, created=timezone.now())
    monkeypatch.setattr(stripe_events, "read_webhook", lambda _body, _signature: hint)
    both_looked = threading.Barrier(2)
    real = QuerySet.create

    def create(self: QuerySet[Any], **values: Any) -> Any:
        both_looked.wait(10)
        return real(self, **values)

    monkeypatch.setattr(QuerySet, "create", create)
    told: list[str] = []
    outcomes = at_once(*[partial(stripe_events.take_in, b"{}", "", tell=told.append)] * 2)
    assert (sorted(map(str, outcomes)), told, StripeEvent.objects.count()) == (["False", "True"], ["evt_1"], 1)
