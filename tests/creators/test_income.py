"""What somebody earns, settled and still to be: by source, room and time, where the money is, as charts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone, translation

from config.lib.money import Money
from creators.enums import EarningSource, TransferState
from creators.fees import Tier
from creators.income_charts import MONTHS, WEEKS, kind_shares, percent_of, time_chart
from creators.models import Reversal, Transfer
from creators.selectors.income import Grain, Kind, Parts, by_kind, by_room, income_of
from creators.selectors.positions import Position, position_of
from creators.services.fees import begin_schedule
from tests.factories.earnings import booked, earned, sent, settled
from tests.factories.payments import planned_offer
from tests.factories.selling import offer_of
from tests.factories.selling_host import sold_order
from tests.rooms.test_stats import a_room
from ticketing import account_names as accounts
from ticketing.services.ledger import Posting, post

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User
    from creators.selectors.income import Cell, Income

pytestmark = pytest.mark.django_db

SETTLED = Kind(EarningSource.TICKET, settled=True)
EXPECTED = Kind(EarningSource.TICKET, settled=False)
TIPS, FUND = (Kind(source, settled=True) for source in (EarningSource.TIP, EarningSource.FUND))


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def parts(gross: int, tax: int = 0, cost: int = 0, fee: int = 0, number: int = 1) -> Parts:
    return Parts(euros(gross), euros(tax), euros(cost), euros(fee), number)


def now_of(person: User, grain: Grain = Grain.MONTH) -> Income:
    return income_of(person, timezone.now(), grain=grain)


def cells_of(person: User, grain: Grain = Grain.MONTH) -> list[Cell]:
    return now_of(person, grain).within("eur")


def position(person: User) -> Position:
    return position_of(person, "eur", cells_of(person))


def test_who_has_earned_nothing(ines: User, malo: User) -> None:
    earned(malo, EarningSource.TIP, 100)
    found = now_of(ines)
    assert (found.cells, found.currencies) == ([], [])
    assert position(ines) == Position(*[euros(0)] * 4)


def test_order_is_expected_until_it_is_settled(ines: User) -> None:
    begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Fee", note="", by=None)
    order = sold_order(planned_offer(host=ines))
    assert by_kind(cells_of(ines)) == {EXPECTED: parts(1_200, 200, 43, 100)}
    assert position(ines) == Position(euros(857), euros(0), euros(0), euros(0))
    settled(order, fee=100)
    assert by_kind(cells_of(ines)) == {SETTLED: parts(1_200, 200, 43, 100)}
    assert position(ines) == Position(euros(0), euros(857), euros(0), euros(0))


def test_what_goes_back_is_not_expected(ines: User) -> None:
    order = sold_order(planned_offer(host=ines))
    held = accounts.held_for_room(order.offer.room.public_id, "eur")
    post(Posting(held, accounts.refunds("eur"), euros(500), "refund:x:promise", order=order.public_id))
    order.refunded = 600
    order.save(update_fields=["refunded"])
    assert by_kind(cells_of(ines)) == {EXPECTED: parts(600, 100, 43)}


def test_sources_stand_in_their_order_and_settled_ones_first(ines: User) -> None:
    earned(ines, EarningSource.FUND, 300)
    earned(ines, EarningSource.TIP, 200, cost=30)
    offer = planned_offer(host=ines)
    sold_order(offer)
    settled(sold_order(offer))
    found = by_kind(cells_of(ines))
    assert list(found.items()) == [
        (SETTLED, parts(1_200, 200, 43)),
        (TIPS, parts(230, cost=30)),
        (FUND, parts(300)),
        (EXPECTED, parts(1_200, 200, 43)),
    ]
    assert [(share.label, share.percent) for share in kind_shares(found)] == [
        ("Tickets", 100), ("Tips", 20), ("Fund", 31), ("Tickets, still to be settled", 100),
    ]  # fmt: skip


def test_rooms_have_all_that_came_for_them_the_latest_first(ines: User) -> None:
    first, second = planned_offer(host=ines), planned_offer(host=ines)
    settled(sold_order(first, paid_at=timezone.now() - timedelta(days=3)))
    sold_order(second, paid_at=timezone.now() - timedelta(days=2))
    earned(ines, EarningSource.TIP, 100, room=first.room)
    earned(ines, EarningSource.TIP, 50)
    found = by_room(cells_of(ines), "eur")
    assert [(room.room, room.settled, room.expected, room.net) for room in found] == [
        (first.room.pk, euros(1_057), euros(0), euros(1_057)),
        (second.room.pk, euros(0), euros(957), euros(957)),
    ]
    assert found[0].parts == parts(1_300, 200, 43, number=2)


def test_currencies_are_apart_the_one_with_most_payments_first(ines: User) -> None:
    earned(ines, EarningSource.TIP, 10**9, currency="jpy")
    for _ in range(2):
        earned(ines, EarningSource.TIP, 5)
    found = now_of(ines)
    assert found.currencies == ["eur", "jpy"]
    assert [cell.parts.net for cell in found.within("jpy")] == [Money(10**9, "jpy")]


@pytest.mark.parametrize(
    ("grain", "days"),
    [
        (Grain.MONTH, [date(2026, 10, 1), date(2026, 11, 1)]),
        # The first of November was a Sunday.
        (Grain.WEEK, [date(2026, 10, 26), date(2026, 10, 26)]),
    ],
)
def test_time_is_cut_by_utc(ines: User, grain: Grain, days: list[date]) -> None:
    border = datetime(2026, 11, 1, tzinfo=UTC)
    with timezone.override("Asia/Tokyo"):
        earned(ines, EarningSource.TIP, 1, earned_at=border - timedelta(seconds=1))
        earned(ines, EarningSource.FUND, 2, earned_at=border)
        sold_order(planned_offer(host=ines), paid_at=border)
        found = cells_of(ines, grain)
    assert sorted({cell.day for cell in found}) == sorted(set(days))
    assert next(cell.day for cell in found if cell.kind == EXPECTED) == days[1]


# --- where the money is ---


def test_four_places_are_all_that_was_earned(ines: User) -> None:
    tips = [earned(ines, EarningSource.TIP, minor) for minor in (1_000, 200, 30, 4)]
    sent(tips[0])
    sent(tips[1], state=TransferState.WANTED)
    sent(tips[2], state=TransferState.REFUSED)
    booked(ines, 30, "transfer:x:undo")
    Reversal.objects.create(transfer=Transfer.objects.get(earning=tips[0]), amount=100, state=TransferState.DONE)
    booked(ines, 100, "reversal:x:done")
    found = position(ines)
    assert found == Position(expected=euros(0), owed=euros(134), on_the_way=euros(200), paid_out=euros(900))
    assert found.owed + found.on_the_way + found.paid_out == euros(1_234)


def test_debt_is_said(ines: User) -> None:
    sent(earned(ines, EarningSource.TIP, 500))
    assert position(ines).debt == euros(0)
    booked(ines, -1, "clawback:refund:x:net")
    assert (position(ines).owed, position(ines).debt) == (euros(-1), euros(1))


def test_tips_whose_costs_are_unknown_are_expected(ines: User) -> None:
    held = accounts.tips_held_for(ines.public_id, "eur")
    post(Posting(accounts.stripe("eur"), held, euros(700), "tip:x:given"))
    assert position(ines) == Position(euros(700), euros(0), euros(0), euros(0))


# --- charts ---


def test_chart_has_the_last_months_and_its_words(ines: User) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    for days, minor in ((0, 123_456), (31, 50), (400, 9_999)):
        earned(ines, EarningSource.TIP, minor, earned_at=now - timedelta(days=days))
    sold_order(planned_offer(host=ines), paid_at=now)
    chart = time_chart(cells_of(ines), "eur", Grain.MONTH, now)
    assert (len(chart.labels), chart.labels[0], chart.labels[-1]) == (MONTHS, "Dec", "Nov")
    assert [(series.name, series.look, sum(value or 0 for value in series.values)) for series in chart.series] == [
        ("Tips", "", 123_506), ("Tickets, still to be settled", "open", 957),
    ]  # fmt: skip
    assert chart.rows[-1].cells == ["€1,234.56", "€9.57"]
    assert chart.description == "€1,244.63 in the last 12 months."
    assert [tick.label for tick in chart.ticks] == ["0", "500", "1K", "1.5K"]
    assert chart.title == "Earnings over time, in EUR"


def test_chart_by_week_in_french(ines: User) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    earned(ines, EarningSource.TIP, 3, earned_at=now)
    with translation.override("fr"):
        chart = time_chart(cells_of(ines, Grain.WEEK), "eur", Grain.WEEK, now)
        assert (len(chart.labels), chart.labels[-1]) == (WEEKS, "16 nov.")
        assert chart.rows[-1].cells == ["0,03\xa0€"]
        # Between whole cents nothing is written.
        assert [tick.label for tick in chart.ticks] == ["0", "0,01", "0,02", "0,03"]


def test_chart_of_what_lies_too_far_back_is_empty(ines: User) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    earned(ines, EarningSource.TIP, 3, earned_at=now - timedelta(days=500))
    assert time_chart(cells_of(ines), "eur", Grain.MONTH, now).is_empty


@pytest.mark.parametrize(
    ("minor", "most", "percent"),
    [(0, 0, 0), (-5, 10, 0), (0, 10, 0), (9, 1_000, 0), (10, 1_000, 1), (10, 10, 100), (-5, -5, 0)],
)
def test_bar_is_as_long_as_its_part(minor: int, most: int, percent: int) -> None:
    assert percent_of(euros(minor), most) == percent


# --- queries ---


@pytest.mark.parametrize("number", [1, 20])
def test_number_of_queries_stays(ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(number):
        offer = offer_of(a_room(ines))
        sold_order(offer)
        settled(sold_order(offer))
    # Orders, schedules, what is settled (2) and rooms of what was sold; sums of earnings.
    with django_assert_num_queries(6):
        assert len(by_room(now_of(ines).within("eur"), "eur")) == number
