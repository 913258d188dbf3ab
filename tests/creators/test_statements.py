"""Statements: they equal the ledger to the cent, whatever was booked when; what a line is and what it says."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from config.lib.csv_files import MARK, csv_text
from config.lib.money import Money
from config.lib.public_id import new_public_id
from creators.enums import EarningSource, TransferState
from creators.income_files import statement_table
from creators.models import Earning
from creators.selectors.statements import booked_of, statement_of
from creators.spans import Span, month_span
from creators.statement_words import booking_words, statement_lines
from creators.statements import LineKind, SourceTotal
from tests.factories.earnings import booked, earned, sent, settled
from tests.factories.payments import planned_offer
from tests.factories.selling import offer_of
from tests.factories.selling_host import sold_order
from tests.rooms.test_stats import a_room
from ticketing import account_names as accounts
from ticketing.models import LedgerDigest
from ticketing.selectors.ledger import balance
from ticketing.services.sealing import seal_days

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from creators.statements import Statement

pytestmark = pytest.mark.django_db

DAYS = 75
# How entries begin that are no earnings.
OTHERS = ("transfer:{}:promise", "transfer:{}:undo", "reversal:{}:done", "clawback:refund:{}:net", "odd-{}")
happenings = st.lists(
    st.tuples(
        st.sampled_from([*EarningSource, *OTHERS]),
        st.integers(0, DAYS * 24 * 60),
        st.integers(-(10**6), 10**6).filter(bool),
        st.integers(0, 500),
    ),
    max_size=25,
)


def euros(minor: int) -> Money:
    return Money(minor, "eur")


def whole(person: User, currency: str = "eur") -> Statement:
    """Return a statement of all that ever happened."""
    now = timezone.now()
    return statement_of(person, currency, Span(now - timedelta(days=400), now + timedelta(days=1)))


def happen(person: User, what: str, minutes: int, minor: int, part: int) -> None:
    at, key = timezone.now() - timedelta(minutes=minutes), new_public_id()
    if what not in EarningSource:
        booked(person, minor, what.format(key), at=at)
        return
    net = abs(minor)
    parts = {"tax": part, "cost": part // 2, "fee": part // 3}
    Earning.objects.create(
        creator_key=person.public_id, source=what, source_key=key, currency="eur",
        gross=net + sum(parts.values()), net=net, **parts,
    )  # fmt: skip
    booked(person, net, f"earning:{what}:{key}", at=at)


@settings(max_examples=30, deadline=None)
@given(happenings)
def test_statements_equal_the_ledger_to_the_cent(rows: list[tuple[str, int, int, int]]) -> None:
    person = User(public_id=new_public_id())
    for row in rows:
        happen(person, *row)
    stand, seen = euros(0), 0
    for day in reversed(booked_of(person).months):
        found = statement_of(person, "eur", month_span(day.year, day.month))
        assert found.opening == stand
        stand = found.closing
        seen += len(found.bookings)
        changes = [booking.change for booking in found.bookings]
        assert sum(changes, start=found.opening) == stand
        assert sum((line.change for line in found.lines), start=found.opening) == stand
        assert not found.lines or found.lines[-1].after == stand
        earned_then = sum((total.net for total in found.earned), start=euros(0))
        assert found.opening + earned_then + found.other - found.paid_out == stand
        assert all(total.gross - total.tax - total.cost - total.fee == total.net for total in found.earned)
        _header, table = statement_table(found)
        sums = [Decimal(str(row[8])) for row in table[1:-1]]
        assert sum(sums, start=Decimal(str(table[0][9]))) == table[-1][9] == stand.units
    assert seen == len(rows)
    assert stand == -balance(accounts.creator(person.public_id, "eur"))


def test_months_are_those_of_utc() -> None:
    person = User(public_id=new_public_id())
    border = datetime(2026, 11, 1, tzinfo=UTC)
    booked(person, 1, "a", at=border - timedelta(microseconds=1))
    booked(person, 20, "b", at=border)
    booked(person, 300, "c", at=datetime(2026, 12, 1, tzinfo=UTC))
    october, november = (statement_of(person, "eur", month_span(2026, month)) for month in (10, 11))
    assert [booking.key for booking in october.bookings] == ["a"]
    assert (november.opening, november.closing) == (euros(1), euros(21))


# --- lines ---


def test_nothing_has_no_statement(ines: User) -> None:
    assert booked_of(ines) == ([], [])
    assert whole(ines) == ("eur", euros(0), [], euros(0), {})


def test_orders_of_a_room_are_one_line(ines: User) -> None:
    offer = planned_offer(host=ines)
    for _ in range(2):
        settled(sold_order(offer), fee=100)
    found = whole(ines)
    [line] = found.lines
    assert (line.first.kind, line.first.room, line.change, len(line.bookings)) == (
        LineKind.TICKET, offer.room, euros(1_714), 2,
    )  # fmt: skip
    assert found.earned == [
        SourceTotal(LineKind.TICKET, euros(2_400), euros(400), euros(86), euros(200), euros(1_714), 2)
    ]
    [words] = statement_lines(found)
    assert (words.what, words.parts, words.change, words.sealed) == (
        "Tickets", ["€24.00", "€4.00", "€0.86", "€2.00"], "+€17.14", False,
    )  # fmt: skip


def test_line_stands_where_its_last_entry_does(ines: User) -> None:
    now = timezone.now().replace(hour=12)
    Earning.objects.bulk_create(
        Earning(creator_key=ines.public_id, source="tip", source_key=key, currency="eur", gross=5, net=5)
        for key in "ab"
    )
    booked(ines, 5, "earning:tip:a", at=now - timedelta(minutes=2))
    booked(ines, -3, "clawback:refund:x:net", at=now - timedelta(minutes=1))
    booked(ines, 5, "earning:tip:b", at=now)
    assert [(line.first.kind, line.change.minor, line.after.minor) for line in whole(ines).lines] == [
        (LineKind.OTHER, -3, -3), (LineKind.TIP, 10, 7),
    ]  # fmt: skip


def test_payouts_are_a_line_each(ines: User) -> None:
    tips = [earned(ines, EarningSource.TIP, 500) for _ in range(3)]
    sent(*tips[:2])
    sent(tips[2], state=TransferState.WANTED)
    found = whole(ines)
    assert [(line.first.kind, line.change.minor) for line in found.lines] == [
        (LineKind.TIP, 1_500), (LineKind.PAYOUT, -1_000), (LineKind.PAYOUT, -500),
    ]  # fmt: skip
    assert (found.paid_out, found.closing) == (euros(1_500), euros(0))


@pytest.mark.parametrize(
    ("key", "minor", "kind", "words"),
    [
        ("transfer:x:promise", -5, LineKind.PAYOUT, "Paid out to you"),
        ("transfer:x:undo", 5, LineKind.PAYOUT_BACK, "Payout that came back"),
        ("reversal:x:done", 5, LineKind.PAYOUT_BACK, "Payout that came back"),
        ("clawback:refund:x:net", -5, LineKind.OTHER, "Money given back to a buyer"),
        ("clawback:refund:x:net-undo", 5, LineKind.OTHER, "Refund that did not go through"),
        ("clawback:dispute:x:net", -5, LineKind.OTHER, "Lost to a bank’s claim"),
        ("who-knows", -5, LineKind.OTHER, "Taken off for a correction"),
        ("earning:tip:that-has-no-row", 5, LineKind.OTHER, "Added by a correction"),
    ],
)
def test_entries_in_words(ines: User, key: str, minor: int, kind: LineKind, words: str) -> None:
    booked(ines, minor, key)
    [booking] = whole(ines).bookings
    assert (booking.kind, booking.change, booking_words(booking)) == (kind, euros(minor), words)


def test_sealed_days_are_named(ines: User) -> None:
    booked(ines, 5, "a", at=timezone.now() - timedelta(days=1))
    booked(ines, 5, "b")
    seal_days(timezone.now())
    found = whole(ines)
    [seal] = LedgerDigest.objects.all()
    assert [line.sealed for line in statement_lines(found)] == [True, False]
    header, rows = statement_table(found)
    assert (header[-1], [row[-1] for row in rows]) == ("The day’s seal", [None, seal.digest, None, None])


def test_currencies_have_statements_of_their_own(ines: User) -> None:
    earned(ines, EarningSource.TIP, 500)
    earned(ines, EarningSource.TIP, 700, currency="jpy")
    assert booked_of(ines).currencies == ["eur", "jpy"]
    assert [whole(ines, currency).closing for currency in ("eur", "jpy")] == [euros(500), Money(700, "jpy")]
    assert statement_table(whole(ines, "jpy"))[1][-1][9] == Decimal(700)


def test_others_entries_are_not_in_it(ines: User, malo: User) -> None:
    earned(malo, EarningSource.TIP, 500)
    assert booked_of(ines) == ([], [])
    assert whole(ines).bookings == []


def test_title_that_is_a_formula_stays_words(ines: User) -> None:
    offer = planned_offer(host=ines)
    offer.room.title = "=1+1"
    offer.room.save()
    settled(sold_order(offer))
    text = csv_text(*statement_table(whole(ines))).removeprefix(MARK)
    rows: list[list[Any]] = list(csv.reader(io.StringIO(text)))
    assert (rows[2][1], rows[2][2], rows[2][8]) == ("Tickets", "'=1+1", "9.57")


@pytest.mark.parametrize("number", [1, 20])
def test_number_of_queries_stays(ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(number):
        sent(settled(sold_order(offer_of(a_room(ines)))))
        booked(ines, -1, f"clawback:refund:{new_public_id()}:net")
    # Account, balance before (2), either side, earnings, transfers, digests.
    with django_assert_num_queries(8):
        assert len(whole(ines).lines) == 3 * number
