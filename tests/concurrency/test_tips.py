"""Races for tips on PostgreSQL: told twice at once, given twice at once. Each guard has a control."""

from __future__ import annotations

import threading
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from creators.models import Earning, Tip, TipRefund
from creators.selectors.tips import given_today
from creators.services import giving, tip_payments, tip_refunds, tips_shown
from creators.services.giving import begin_tip
from creators.services.payment_events import session_changed
from creators.services.tip_checkout import look
from creators.services.tip_refunds import refund_tip, send_tip_refund
from creators.tip_errors import TipNotRefundableError, TooManyTipsError
from rooms.models import RoomEvent
from tests.concurrency.test_orders import meeting
from tests.concurrency.test_rooms import at_once
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory
from tests.factories.tips import begun_tip, euros, given_tip, pay_tip, taking
from ticketing import stripe_gateway as gateway
from ticketing.ledger_checks import findings
from ticketing.models import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"


def without_lock(monkeypatch: pytest.MonkeyPatch, where: object) -> None:
    """Let a tip be read without its lock, and let two have read before either writes."""
    read = threading.Barrier(2)

    def unlocked(key: int) -> Tip:
        tip = Tip.objects.select_related("giver", "recipient", "room").get(pk=key)
        read.wait(20)
        return tip

    monkeypatch.setattr(where, "locked_tip", unlocked)


def paid_and_unseen(**fields: Any) -> Tip:
    """Return a tip that was paid at Stripe, of which the site does not know yet."""
    tip = begun_tip(UserFactory.create(), UserFactory.create(), **fields)
    pay_tip(tip)
    return tip


def told_twice(tip: Tip) -> None:
    """Let webhook and giver tell at once."""
    at_once(partial(session_changed, "checkout.session.completed", tip.session), partial(look, tip.pk))


def test_payment_told_twice_at_once_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tip = paid_and_unseen()
    meeting(monkeypatch, tip_payments, "_charge_of")
    told_twice(tip)
    assert (Earning.objects.count(), Entry.objects.count()) == (1, 4)
    assert findings(timezone.now()) == []


def test_control_payment_told_twice_is_written_twice_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    tip, written = paid_and_unseen(), []
    without_lock(monkeypatch, tip_payments)
    real = tip_payments._pay

    def counted(*what: Any) -> None:
        written.append(what[0].pk)
        real(*what)

    monkeypatch.setattr(tip_payments, "_pay", counted)
    told_twice(tip)
    # Both took it for new; what kept the books right was the ledger's own key.
    assert written == [tip.pk, tip.pk]


def give_twice(giver: User, recipient: User) -> int:
    """Let somebody give twice at once, from two windows; return how many tips there are."""

    def give() -> None:
        try:
            begin_tip(giver, recipient, amount=euros(100))
        except TooManyTipsError:
            return

    at_once(give, give)
    return Tip.objects.count()


def test_tips_given_at_once_hold_to_the_days_limit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TIP_DAY_COUNT = 1
    meeting(monkeypatch, giving, "_lock_giver")
    assert give_twice(UserFactory.create(), taking(UserFactory.create())) == 1


def test_control_more_than_a_day_allows_without_the_lock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TIP_DAY_COUNT = 1
    monkeypatch.setattr(giving, "_lock_giver", lambda _: None)
    counted, real = threading.Barrier(2), given_today

    def both_count(*who: Any) -> Any:
        found = real(*who)
        counted.wait(20)
        return found

    monkeypatch.setattr(giving, "given_today", both_count)
    assert give_twice(UserFactory.create(), taking(UserFactory.create())) == 2


def shown_twice(tip: Tip) -> int:
    at_once(*[partial(tips_shown.show_tip, tip.pk)] * 2)
    return RoomEvent.objects.filter(type="tip.put").count()


def paid_in_a_room(monkeypatch: pytest.MonkeyPatch) -> Tip:
    """Return a tip that a room has still to be told of."""
    room = RoomFactory.create()
    with monkeypatch.context() as patched:
        patched.setattr("creators.services.tip_checkout.try_to_show", lambda _: False)
        return given_tip(UserFactory.create(), room.host, room_id=room.public_id)


def test_room_is_told_once_by_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tip = paid_in_a_room(monkeypatch)
    meeting(monkeypatch, tips_shown, "change_room")
    assert shown_twice(tip) == 1


def test_control_room_is_told_twice_by_who_believes_what_they_read(monkeypatch: pytest.MonkeyPatch) -> None:
    tip = paid_in_a_room(monkeypatch)
    stale = Tip.objects.select_related("giver", "recipient", "room").get(pk=tip.pk)
    monkeypatch.setattr(tips_shown, "locked_tip", lambda _: copy(stale))
    meeting(monkeypatch, tips_shown, "change_room")
    assert shown_twice(tip) == 2


def sent_twice(refund: TipRefund) -> int:
    at_once(*[partial(send_tip_refund, refund.pk)] * 2)
    return sum(made.amount for made in gateway.list_refunds(refund.tip.payment_intent))


def test_refund_sent_by_two_at_once_goes_back_once() -> None:
    tip = given_tip(UserFactory.create(), UserFactory.create())
    assert sent_twice(refund_tip(tip.pk, by=None)) == 500
    assert findings(timezone.now()) == []


def asked_twice(tip: Tip) -> int:
    """Let two of staff give a tip back at once; return how much is promised."""

    def ask() -> None:
        try:
            refund_tip(tip.pk, by=None)
        except TipNotRefundableError:
            return

    at_once(ask, ask)
    return sum(TipRefund.objects.values_list("amount", flat=True))


def test_refunds_asked_at_once_are_never_more_than_was_given() -> None:
    assert asked_twice(given_tip(UserFactory.create(), UserFactory.create())) == 500


def test_control_more_is_promised_than_was_given_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    tip = given_tip(UserFactory.create(), UserFactory.create())
    without_lock(monkeypatch, tip_refunds)
    assert asked_twice(tip) == 1_000
