"""What creators earn: by order, room and currency, with each way that money goes back; in few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone

from config.lib.money import Money
from creators.fee_presets import SPACES
from creators.fees import ALL, Tier
from creators.selectors.earnings import Earnings, Rate, Sums, earnings_of, has_sold
from creators.selectors.fees import all_schedules
from creators.services.fees import begin_schedule
from tests.factories.payments import buy, planned_offer
from tests.factories.people import UserFactory
from tests.factories.selling_host import held_order, sold_order
from ticketing import account_names
from ticketing.devstripe import controls
from ticketing.enums import RefundReason
from ticketing.selectors.host import takings_of
from ticketing.selectors.ledger import balance
from ticketing.services.disputes import dispute_changed
from ticketing.services.ledger import Posting, post
from ticketing.services.refunds import ask_refund, send_due_refunds

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User
    from creators.models import FeeSchedule
    from ticketing.models import Offer, Order

pytestmark = pytest.mark.django_db


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def sums(currency: str = "eur", **fields: int) -> Sums:
    """Return sums; without more, of one sale of 12.00 with 2.00 of tax in it that cost 0.43, without a fee."""
    money = {"gross": 1_200, "refunded": 0, "disputed": 0, "cost": 43, "fee": 0, "base": 1_000}
    given: dict[str, Any] = {name: Money(fields.pop(name, minor), currency) for name, minor in money.items()}
    return Sums(**{"cost_unknown": 0, "orders": 1, "in_dispute": 0} | given | fields)


def begin(*tiers: tuple[int, int], currency: str = "eur") -> FeeSchedule:
    return begin_schedule(
        [Tier(*tier) for tier in tiers], currency=currency, valid_from=None, name="Fee", note="", by=None
    )


def offer_by(host: User, **fields: Any) -> Offer:
    return planned_offer(host=host, seats=50, **fields)


def now_of(host: User) -> Earnings:
    return earnings_of(host, timezone.now())


def only(host: User) -> Sums:
    """Return the sums of the one order that somebody sold; room and total agree with it."""
    found = now_of(host)
    [earning] = found.rooms
    [order] = earning.orders
    assert found.totals == [earning.sums] == [order.sums]
    return order.sums


def test_who_has_sold_nothing(ines: User) -> None:
    held_order(offer_by(ines))
    sold_order(offer_by(UserFactory.create()))
    assert now_of(ines) == Earnings([], [], [])
    assert not has_sold(ines)


def test_sale_without_a_schedule_bears_no_fee(ines: User) -> None:
    sold_order(offer_by(ines))
    assert has_sold(ines)
    assert only(ines) == sums()
    assert (only(ines).tax, only(ines).net) == (euros(200), euros(957))
    assert now_of(ines).rates == [Rate("eur", None)]


def test_fee_is_of_what_is_left_without_tax_before_costs(ines: User) -> None:
    begin((0, 1_000))
    sold_order(offer_by(ines))
    assert only(ines) == sums(fee=100)
    assert only(ines).net == euros(857)
    assert now_of(ines).rates == [Rate("eur", all_schedules()[0])]


def test_sale_before_the_first_schedule_stays_free(ines: User) -> None:
    offer = offer_by(ines)
    sold_order(offer)
    begin((0, 1_000))
    sold_order(offer)
    assert [order.sums.fee for order in now_of(ines).rooms[0].orders] == [euros(100), euros(0)]


def test_costs_that_stripe_has_not_told(ines: User) -> None:
    sold_order(offer_by(ines), fee=None)
    assert only(ines) == sums(cost=0, cost_unknown=1)


def test_lifetime_crosses_rooms_but_not_currencies(ines: User) -> None:
    begin((0, 0), (1_500, 10_000))
    begin((0, 0), (1_500, 10_000), currency="usd")
    first, second, dollars = offer_by(ines), offer_by(ines), offer_by(ines, currency="usd")
    sold_order(first)
    sold_order(dollars)
    sold_order(second)
    sold_order(first)
    found = now_of(ines)
    assert [(earning.room, earning.sums) for earning in found.rooms] == [
        # Nothing is left of the last sale that could bear its cost.
        (first.room, sums(gross=2_400, cost=43, base=2_000, orders=2, fee=1_000)),
        (second.room, sums(fee=500)),
        (dollars.room, sums("usd")),
    ]
    assert [order.sums.fee for order in found.rooms[0].orders] == [euros(1_000), euros(0)]
    assert found.totals == [sums(gross=3_600, cost=86, base=3_000, orders=3, fee=1_500), sums("usd")]
    assert [rate.currency for rate in found.rates] == ["eur", "usd"]


def test_schedule_for_all_currencies(ines: User) -> None:
    begin((0, 2_000), currency=ALL)
    sold_order(offer_by(ines, currency="usd"))
    assert only(ines) == sums("usd", fee=200)


def test_others_earnings_are_apart(ines: User, malo: User) -> None:
    begin((0, 0), (1_000, 10_000))
    sold_order(offer_by(malo))
    sold_order(offer_by(ines))
    assert only(ines).fee == euros(0)


def test_room_is_found_by_its_id(ines: User, malo: User) -> None:
    own, others = offer_by(ines), offer_by(malo)
    sold_order(own)
    sold_order(others)
    found = now_of(ines)
    assert found.of_room(own.room.public_id) == found.rooms[0]
    assert found.of_room(others.room.public_id) is None


# --- what goes back ---------------------------------------------------------------------------------------------------


def bought(host: User) -> Order:
    return buy(planned_offer(host=host), UserFactory.create())


def agree(order: Order, found: Sums) -> None:
    """Hold the sums against what the host's page of tickets and the ledger say."""
    takings = takings_of(order.offer)
    assert (takings.revenue, takings.refunded, takings.disputed) == (found.gross, found.refunded, found.disputed)
    assert (takings.fees, takings.held) == (euros(43), found.base)
    assert found.cost == min(euros(43), found.base - found.fee)
    assert -balance(account_names.held_for_room(order.offer.room.public_id, "eur")) == found.base


def test_sale_through_stripe(ines: User) -> None:
    order = bought(ines)
    assert only(ines) == sums()
    agree(order, only(ines))


@pytest.mark.parametrize(("back", "base", "fee"), [(1, 999, 499), (600, 500, 250), (1_199, 1, 0), (1_200, 0, 0)])
def test_refund_takes_its_tax_and_its_fee_back(ines: User, back: int, base: int, fee: int) -> None:
    begin((0, 5_000))
    order = bought(ines)
    ask_refund(order.pk, reason=RefundReason.HOST, by=ines, amount=euros(back))
    promised = only(ines)
    send_due_refunds()
    assert promised == only(ines) == sums(refunded=back, base=base, fee=fee, cost=min(43, base - fee))
    assert takings_of(order.offer).tax == only(ines).tax
    agree(order, only(ines))


def disputed(host: User, *, back: int = 0) -> tuple[Order, str]:
    order = bought(host)
    if back:
        ask_refund(order.pk, reason=RefundReason.HOST, by=host, amount=euros(back))
        send_due_refunds()
    dispute = controls.open_dispute(order.payment_intent)
    dispute_changed("charge.dispute.created", dispute)
    return order, dispute


def test_bank_has_still_to_decide(ines: User) -> None:
    order, _dispute = disputed(ines)
    assert only(ines) == sums(in_dispute=1)
    agree(order, only(ines))


def test_dispute_won_changes_nothing(ines: User) -> None:
    order, dispute = disputed(ines)
    controls.close_dispute(dispute, "won")
    dispute_changed("charge.dispute.closed", dispute)
    assert only(ines) == sums()
    agree(order, only(ines))


@pytest.mark.parametrize(("back", "lost"), [(0, 1_200), (300, 900)])
def test_dispute_lost_leaves_nothing(ines: User, back: int, lost: int) -> None:
    begin((0, 5_000))
    order, dispute = disputed(ines, back=back)
    controls.close_dispute(dispute, "lost")
    dispute_changed("charge.dispute.closed", dispute)
    found = only(ines)
    assert found == sums(refunded=back, disputed=lost, base=0, cost=0)
    assert (found.tax, found.net) == (euros(0), euros(0))
    agree(order, found)


def test_refund_brings_back_the_fee_of_the_highest_tier(ines: User) -> None:
    begin((0, 0), (1_000, 10_000))
    first = bought(ines)
    bought(ines)
    assert now_of(ines).totals[0].fee == euros(1_000)
    ask_refund(first.pk, reason=RefundReason.HOST, by=ines)
    send_due_refunds()
    assert now_of(ines).totals[0].fee == euros(0)


def test_what_is_paid_on_from_the_rooms_account_stays_earned(ines: User) -> None:
    order = sold_order(offer_by(ines))
    held = account_names.held_for_room(order.offer.room.public_id, "eur")
    with transaction.atomic():
        post(
            Posting(held, account_names.creator(ines.public_id, "eur"), euros(970), "settle", order=order.public_id),
            Posting(held, account_names.platform_fees("eur"), euros(30), "settle:fee", order=order.public_id),
        )
    assert balance(held) == euros(0)
    assert only(ines) == sums()


# --- queries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_number_of_queries_stays(ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(number):
        begin(*SPACES.tiers("eur"))
        offer = offer_by(ines)
        for _order in range(number):
            sold_order(offer)
    # Orders, schedules, their tiers, what is settled, what of that went back, rooms.
    with django_assert_num_queries(6):
        found = now_of(ines)
        assert len(found.rooms) == number
        assert found.totals[0].orders == number**2


def test_earlier_sales_are_in_what_the_fee_is_reckoned_on(ines: User) -> None:
    offer = offer_by(ines)
    for days in (3, 1, 2):
        sold_order(offer, paid_at=timezone.now() - timedelta(days=days))
    begin((0, 0), (3_500, 10_000))
    sold_order(offer)
    assert [order.sums.fee.minor for order in now_of(ines).rooms[0].orders] == [500, 0, 0, 0]
    times = [order.paid_at for order in now_of(ines).rooms[0].orders]
    assert times == sorted(times, reverse=True)
