"""Where a period's snapshot gets its numbers: verified minutes day by day, and what supporters paid."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from config.lib.public_id import new_public_id
from creators.enums import EarningSource
from creators.minutes import Place, Verified
from creators.models import Earning
from creators.selectors.fund_sources import Given, paid_in, source_for, summed
from tests.factories.funding import opened
from tests.factories.payments import planned_offer
from tests.factories.people import UserFactory
from tests.factories.selling_host import sold_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from ticketing.models import Order

pytestmark = pytest.mark.django_db

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
ASKED: list[tuple[date, date]] = []


def two_parts(first: date, last: date) -> Iterator[Verified]:
    ASKED.append((first, last))
    yield Verified({Place("oliver", "ines", 1): 60, Place("oliver", "ines", 2): 30, Place("oliver", "malo", 1): 5})
    yield Verified({Place("yara", "ines", 1): 7})


def test_minutes_of_whole_days(settings: Settings) -> None:
    settings.FUND_LISTENING = "tests.creators.test_fund_sources.two_parts"
    ASKED.clear()
    found = source_for(opened(formula="pro_rata"))(START, END, ["ines"])
    assert summed(found) == Counter({("ines", "oliver"): 90, ("ines", "yara"): 7})
    assert [(date(2026, 11, 1), date(2026, 11, 30))] == ASKED


def test_flat_stipend_without_a_rule_about_listeners_asks_nobody(settings: Settings) -> None:
    settings.FUND_LISTENING = "tests.creators.test_fund_sources.two_parts"
    ASKED.clear()
    assert list(source_for(opened())(START, END, ["ines"])) == []
    assert len(list(source_for(opened(min_listeners=1))(START, END, ["ines"]))) == 3
    assert len(ASKED) == 1


def earned(creator: User, order: Order, **fields: Any) -> None:
    given: dict[str, Any] = {"gross": 1_200, "net": 1_000, "tax": 200, "available_at": START} | fields
    Earning.objects.create(
        creator=creator,
        creator_key=creator.public_id,
        source=EarningSource.TICKET,
        source_key=order.public_id,
        currency="eur",
        **given,
    )


def paid(*creators: User) -> list[Given]:
    return sorted(paid_in("eur")(START, END, [creator.public_id for creator in creators]))


def test_support_is_what_buyers_paid_and_was_kept(ines: User, malo: User, oliver: User, yara: User) -> None:
    mine, his = planned_offer(host=ines, seats=9), planned_offer(host=malo, seats=9)
    earned(ines, sold_order(mine, oliver))
    earned(ines, sold_order(mine, yara), gross=600, net=500, tax=100)
    earned(malo, sold_order(his, yara))
    expected = [
        Given(ines.public_id, oliver.public_id, 1_200),
        Given(ines.public_id, yara.public_id, 600),
    ]
    assert paid(ines) == sorted(expected)
    assert paid(ines, malo) == sorted([*expected, Given(malo.public_id, yara.public_id, 1_200)])


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (START - timedelta(microseconds=1), False),
        (START, True),
        (END - timedelta(microseconds=1), True),
        (END, False),
    ],
)
def test_earning_counts_when_it_could_be_paid_out(ines: User, oliver: User, at: datetime, counts: bool) -> None:
    earned(ines, sold_order(planned_offer(host=ines), oliver), available_at=at)
    assert bool(paid(ines)) is counts


def test_what_counts_for_nobody(ines: User, oliver: User) -> None:
    offer = planned_offer(host=ines, seats=9)
    # Given back, in another currency, to themselves, by somebody who is gone, and the fund's own.
    earned(ines, sold_order(offer, oliver), gross=0, net=0, tax=0)
    dollars = sold_order(planned_offer(host=ines, currency="usd"), oliver)
    earned(ines, dollars)
    Earning.objects.filter(source_key=dollars.public_id).update(currency="usd")
    earned(ines, sold_order(offer, ines))
    gone = UserFactory.create()
    order = sold_order(offer, gone)
    type(order).objects.filter(pk=order.pk).update(buyer=None)
    earned(ines, order)
    Earning.objects.create(
        creator=ines,
        creator_key=ines.public_id,
        source=EarningSource.FUND,
        source_key=f"{new_public_id()}:{ines.public_id}",
        currency="eur",
        gross=5,
        net=5,
        available_at=START,
    )
    assert paid(ines) == []
