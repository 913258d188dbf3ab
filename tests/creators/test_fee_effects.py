"""What a schedule would have cost: the last 90 days, by currency and creator, before it is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from config.lib.money import Money
from creators.fees import ALL, FeeSchedule, Tier
from creators.selectors import fee_effects
from creators.selectors.fee_effects import WINDOW, CreatorEffect, CurrencyEffect, FeeEffect, effect_of
from creators.services.fees import begin_schedule
from tests.factories.payments import planned_offer
from tests.factories.people import UserFactory
from tests.factories.selling_host import sold_order

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def wanted(*tiers: tuple[int, int], currency: str = "eur") -> FeeSchedule:
    """Return what staff think of: it begins in a year."""
    return FeeSchedule(tuple(Tier(*tier) for tier in tiers), NOW + timedelta(days=365), currency)


def sell(host: User, *, ago: timedelta = timedelta(0), times: int = 1, currency: str = "eur") -> None:
    """Sell so often for 12.00, of which 10.00 is earned."""
    offer = planned_offer(host=host, seats=50, currency=currency)
    for _ in range(times):
        sold_order(offer, paid_at=NOW - ago)


def test_nothing_was_sold() -> None:
    assert effect_of(wanted((0, 1_000)), NOW) == FeeEffect([], [], 0)


def test_fees_are_compared(ines: User, malo: User) -> None:
    sell(ines, times=3)
    sell(malo)
    assert effect_of(wanted((0, 0), (1_000, 5_000)), NOW) == FeeEffect(
        [CurrencyEffect(orders=4, creators=2, base=euros(4_000), old=euros(0), new=euros(1_000))],
        [CreatorEffect(ines, euros(3_000), euros(0), euros(1_000))],
        0,
    )


def test_present_fee_is_what_held(ines: User) -> None:
    offer = planned_offer(host=ines)
    sold_order(offer)
    begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Ten", note="", by=None)
    sold_order(offer)
    assert effect_of(wanted((0, 700)), timezone.now()).creators == [
        CreatorEffect(ines, euros(2_000), euros(100), euros(140))
    ]


def test_only_ninety_days_count_and_all_before_are_in_the_base(ines: User) -> None:
    second = timedelta(seconds=1)
    sell(ines, ago=WINDOW + second)
    sell(ines, ago=WINDOW)
    sell(ines, ago=WINDOW - second)
    effect = effect_of(wanted((0, 0), (1_500, 10_000)), NOW)
    assert effect.currencies == [CurrencyEffect(2, 1, euros(2_000), euros(0), euros(1_500))]


def test_other_currencies_are_left_out(ines: User) -> None:
    sell(ines)
    sell(ines, currency="usd")
    effect = effect_of(wanted((0, 1_000)), NOW)
    assert [one.base.currency for one in effect.currencies] == ["eur"]
    assert effect_of(wanted((0, 1_000), currency="chf"), NOW) == FeeEffect([], [], 0)


def test_schedule_for_all_currencies_shows_each(ines: User) -> None:
    sell(ines)
    sell(ines, currency="usd", ago=WINDOW + timedelta(days=1))
    sell(ines, currency="usd")
    effect = effect_of(wanted((0, 1_000), currency=ALL), NOW)
    assert effect.currencies == [
        CurrencyEffect(1, 1, euros(1_000), euros(0), euros(100)),
        CurrencyEffect(1, 1, Money(1_000, "usd"), Money(0, "usd"), Money(100, "usd")),
    ]


def test_most_affected_stand_first(ines: User, malo: User, yara: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for host, times in ((malo, 1), (ines, 3), (yara, 2)):
        sell(host, times=times)
    monkeypatch.setattr(fee_effects, "EXAMPLES", 2)
    effect = effect_of(wanted((0, 1_000)), NOW)
    assert ([one.creator for one in effect.creators], effect.more) == ([ines, yara], 1)


def test_what_changes_nothing_names_nobody(ines: User) -> None:
    sell(ines)
    effect = effect_of(wanted((0, 0)), NOW)
    assert (len(effect.currencies), effect.creators, effect.more) == (1, [], 0)


@pytest.mark.parametrize("number", [1, 3])
def test_number_of_queries_stays(number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(number):
        begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Ten", note="", by=None)
        sell(UserFactory.create(), times=number)
    # Sales, what was earned before, schedules, their tiers, people.
    with django_assert_num_queries(5):
        assert len(effect_of(wanted((0, 500)), timezone.now()).creators) == number
