"""Settlement: when what a room sold becomes its seller's, how it is shared out, and what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from config.lib.money import Money
from creators.enums import EarningSource
from creators.fees import Tier
from creators.models import Earning
from creators.selectors.earnings import earnings_of
from creators.services.fees import begin_schedule
from creators.services.settling import settle_rooms
from rooms.models import Room
from rooms.services.planning import cancel_room
from tests.factories.payments import buy, planned_offer
from tests.factories.payouts import sold, took_place
from tests.factories.people import UserFactory
from ticketing import account_names as accounts
from ticketing.devstripe import controls
from ticketing.enums import RefundReason, RefundState
from ticketing.ledger_checks import findings
from ticketing.models import Order, Refund
from ticketing.selectors.ledger import balance, balances
from ticketing.services.disputes import dispute_changed
from ticketing.services.refunds import ask_refund, send_due_refunds

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from ticketing.models import Offer

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def fee_of(basis_points: int) -> None:
    begin_schedule([Tier(0, basis_points)], currency="eur", valid_from=None, name="Fee", note="", by=None)


def bought(host: User, **fields: Any) -> Order:
    """Return an order for a room that took place just now."""
    order = buy(planned_offer(host=host, **fields), UserFactory.create())
    took_place(order)
    return order


def refunded(order: Order, minor: int | None = None) -> Refund:
    amount = None if minor is None else euros(minor)
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=amount)
    send_due_refunds()
    refund.refresh_from_db()
    return refund


def settled_at(moment: timedelta) -> int:
    return settle_rooms(timezone.now() + moment)


def terms(order: Order) -> tuple[int, int, int, int, int]:
    """Return gross, tax, cost, fee and net of what an order brought."""
    earning = Earning.objects.get(source=EarningSource.TICKET, source_key=order.public_id)
    return earning.gross, earning.tax, earning.cost, earning.fee, earning.net


def held(order: Order) -> Money:
    return balance(accounts.held_for_room(order.offer.room.public_id, "eur"))


def test_settled_order_is_shared_out(ines: User) -> None:
    fee_of(1_000)
    order = bought(ines)
    assert settled_at(WEEK) == 1
    earning = Earning.objects.get()
    assert (earning.creator, earning.creator_key, earning.room) == (ines, ines.public_id, order.offer.room)
    assert (earning.charge, earning.earned_at) == (order.charge, order.paid_at)
    # 12.00 with 2.00 of tax: a tenth is the platform's, 0.43 Stripe's.
    assert terms(order) == (1_200, 200, 43, 100, 857)
    assert {name: money.minor for name, money in balances().items() if money} == {
        accounts.stripe("eur"): 1_157,
        accounts.vat("fr", "eur"): -200,
        accounts.platform_fees("eur"): -100,
        accounts.creator(ines.public_id, "eur"): -857,
    }
    assert findings(timezone.now()) == []


@pytest.mark.parametrize(("late", "orders"), [(-1, 0), (0, 1), (1, 1)])
def test_room_is_settled_some_days_after_it_ended(ines: User, late: int, orders: int) -> None:
    order = bought(ines)
    room = Room.objects.get(pk=order.offer.room_id)
    assert room.ended_at is not None
    assert settle_rooms(room.ended_at + WEEK + timedelta(seconds=late)) == orders


def test_days_are_a_setting(ines: User, settings: Settings) -> None:
    settings.TICKET_SETTLE_DAYS = 0
    sold(ines)
    assert Earning.objects.count() == 1


def test_settled_once(ines: User) -> None:
    bought(ines)
    assert [settled_at(WEEK), settled_at(WEEK), settled_at(2 * WEEK)] == [1, 0, 0]


def test_room_that_is_live_or_to_come_is_not_settled(ines: User) -> None:
    from rooms.services.planning import start_room

    order = buy(planned_offer(host=ines), UserFactory.create())
    assert settled_at(30 * WEEK) == 0
    start_room(order.offer.room.public_id, by=ines)
    assert settled_at(30 * WEEK) == 0


def test_cancelled_room_is_refunded_and_not_settled(ines: User) -> None:
    order = buy(planned_offer(host=ines), UserFactory.create())
    cancel_room(order.offer.room.public_id, by=ines)
    assert settled_at(WEEK) == 0


def test_refund_under_way_waits(ines: User) -> None:
    order = bought(ines)
    refund = ask_refund(order.pk, reason=RefundReason.HOST, by=None, amount=euros(600))
    assert settled_at(WEEK) == 0
    send_due_refunds()
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert settled_at(WEEK) == 1
    assert terms(order) == (600, 100, 43, 0, 457)
    assert (held(order), findings(timezone.now())) == (euros(0), [])


def test_order_given_back_whole_costs_its_seller_nothing(ines: User) -> None:
    order = bought(ines)
    refunded(order)
    assert settled_at(WEEK) == 0
    assert (held(order), balance(accounts.stripe_fees("eur"))) == (euros(0), euros(43))
    assert earnings_of(ines, timezone.now()).totals[0].net == euros(0)
    assert findings(timezone.now()) == []


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        # Of 0.60 are 0.10 tax and 0.05 fee: 0.43 cost leave 0.02; below that the platform bears the rest.
        (60, (60, 10, 43, 5, 2)),
        (58, (58, 10, 43, 4, 1)),
        (56, (56, 9, 43, 4, 0)),
        (55, (55, 9, 42, 4, 0)),
        (2, (2, 0, 2, 0, 0)),
        (1, (1, 0, 1, 0, 0)),
    ],
)
def test_cost_is_borne_out_of_what_is_kept(ines: User, left: int, expected: tuple[int, ...]) -> None:
    fee_of(1_000)
    order = bought(ines)
    refunded(order, 1_200 - left)
    settled_at(WEEK)
    assert terms(order) == expected
    [total] = earnings_of(ines, timezone.now()).totals
    assert (total.net.minor, total.fee.minor, total.cost.minor) == (expected[4], expected[3], expected[2])
    assert findings(timezone.now()) == []


def test_cost_that_is_not_known_yet_waits(ines: User) -> None:
    order = bought(ines)
    Order.objects.filter(pk=order.pk).update(fee=None)
    assert settled_at(WEEK) == 0
    Order.objects.filter(pk=order.pk).update(fee=43)
    assert settled_at(WEEK) == 1


@pytest.mark.parametrize(("outcome", "orders"), [("won", 1), ("lost", 0)])
def test_disputed_order_is_settled_once_that_is_decided(ines: User, outcome: str, orders: int) -> None:
    order = bought(ines)
    dispute = controls.open_dispute(order.charge)
    dispute_changed("", dispute)
    assert settled_at(WEEK) == 0
    controls.close_dispute(dispute, outcome)
    dispute_changed("", dispute)
    assert settled_at(WEEK) == orders
    assert (held(order), findings(timezone.now())) == (euros(0), [])


def test_other_orders_of_a_room_do_not_wait_for_one_in_dispute(ines: User) -> None:
    offer: Offer = planned_offer(host=ines)
    first, second = (buy(offer, UserFactory.create()) for _ in range(2))
    took_place(first)
    dispute_changed("", controls.open_dispute(first.charge))
    assert settled_at(WEEK) == 1
    assert Earning.objects.get().source_key == second.public_id
    assert (held(first), findings(timezone.now())) == (euros(-1_000), [])


def test_batches_go_on_until_all_is_settled(ines: User) -> None:
    offer = planned_offer(host=ines)
    orders = [buy(offer, UserFactory.create()) for _ in range(3)]
    took_place(orders[0])
    now = timezone.now() + WEEK
    assert [settle_rooms(now, limit=2) for _ in range(3)] == [2, 1, 0]
    assert findings(timezone.now()) == []


def test_fee_stays_as_it_was_written_down(ines: User) -> None:
    begin_schedule([Tier(0, 0), Tier(1_000, 5_000)], currency="eur", valid_from=None, name="Fee", note="", by=None)
    first, second = bought(ines), bought(ines)
    settled_at(WEEK)
    assert (terms(first)[3], terms(second)[3]) == (0, 500)
    # The first goes back, and the second would bear no fee now.
    refunded(first)
    [total] = earnings_of(ines, timezone.now()).totals
    assert (total.fee, total.net) == (euros(500), euros(457))


def test_seller_earns_whoever_hosts_the_room_later(ines: User, malo: User) -> None:
    order = bought(ines)
    Room.objects.filter(pk=order.offer.room_id).update(host=malo)
    settled_at(WEEK)
    assert Earning.objects.get().creator == ines
    assert [len(earnings_of(each, timezone.now()).rooms) for each in (ines, malo)] == [1, 0]
