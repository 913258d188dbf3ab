"""Posting to the ledger and reading it: once by key, balanced, page by page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from config.lib.money import CurrencyMismatchError, Money
from config.lib.paging import BadCursorError
from tests.ticketing.books import FEES, HELD, ORDER, OTHER_ROOM, PERSON, ROOM, STRIPE, VAT, posting, sale, write
from ticketing import account_names as names
from ticketing.errors import EntryMismatchError, OutsideTransactionError
from ticketing.models import Account, Entry
from ticketing.selectors.ledger import balance, balances, entries_of_order, statement, totals
from ticketing.services import ledger
from ticketing.services.ledger import Posting, forget_accounts, open_accounts, post

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def eur(minor: int) -> Money:
    return Money(minor, "eur")


def test_names_say_what_an_account_is_for() -> None:
    assert [
        names.stripe("eur"),
        names.stripe_fees("eur"),
        names.held_for_room(ROOM, "usd"),
        names.creator(PERSON, "eur"),
        names.platform_fees("eur"),
        names.vat("fr", "eur"),
        names.disputes("eur"),
        names.refunds("jpy"),
    ] == [
        "stripe:eur",
        "stripe:fees:eur",
        f"held:room:{ROOM}:usd",
        f"creator:{PERSON}:eur",
        "platform:fees:eur",
        "vat:fr:eur",
        "disputes:eur",
        "refunds:jpy",
    ]


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (names.stripe, ("EUR",)),
        (names.held_for_room, ("Inès", "eur")),
        (names.creator, ("inès@example.org", "eur")),
        (names.vat, ("FR", "eur")),
        (names.vat, ("fra", "eur")),
        (names.currency_of, ("stripe",)),
        (names.currency_of, ("eur",)),
        (names.currency_of, ("stripe:xyz",)),
        (names.currency_of, (":eur",)),
        (names.currency_of, ("creator:Inès Moreau:eur",)),
        (names.currency_of, ("creator:ines@example.org:eur",)),
        (names.currency_of, ("creator::eur",)),
    ],
)
def test_name_of_no_account_is_refused(make: Any, arguments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is no"):
        make(*arguments)


def test_sale_is_written_with_its_accounts() -> None:
    rows = write(*sale())
    assert [(row.debit.name, row.credit.name, row.money, row.key, row.order_key) for row in rows] == [
        (STRIPE, HELD, eur(1000), f"order:{ORDER}:sale", ORDER),
        (STRIPE, VAT, eur(200), f"order:{ORDER}:vat", ORDER),
        (FEES, STRIPE, eur(48), f"order:{ORDER}:stripe", ORDER),
    ]
    assert balances() == {FEES: eur(48), HELD: eur(-1000), STRIPE: eur(1152), VAT: eur(-200)}
    assert (totals(), balance(STRIPE)) == ({"eur": eur(0)}, eur(1152))
    assert entries_of_order(ORDER) == rows


def test_what_was_posted_before_stays_as_it_is() -> None:
    first = write(*sale())
    again = write(*sale(), posting(5, "more"))
    assert (again[:3], Entry.objects.count()) == (first, 4)


@pytest.mark.parametrize(
    "other",
    [
        posting(11, "k", memo="m", order="o"),
        posting(10, "k", memo="m", order="p"),
        posting(10, "k", memo="n", order="o"),
        posting(10, "k", memo="m", order="o", credit=VAT),
        posting(10, "k", memo="m", order="o", debit=VAT),
        Posting("stripe:usd", "disputes:usd", Money(10, "usd"), "k", "m", "o"),
    ],
)
def test_key_that_stands_for_something_else_is_refused_with_all_that_came_along(other: Posting) -> None:
    write(posting(10, "k", memo="m", order="o"))
    with transaction.atomic(), pytest.raises(EntryMismatchError, match="k was posted before"):
        post(posting(1, "new"), other)
    assert list(Entry.objects.values_list("key", "amount")) == [("k", 10)]


def test_who_catches_that_writes_nothing_more_once_a_part_was_written() -> None:
    write(posting(10, "k"))
    with transaction.atomic():
        with pytest.raises(EntryMismatchError):
            post(posting(1, "new"), posting(11, "k"))
        with pytest.raises(TransactionManagementError):
            post(posting(1, "later"))
    assert list(Entry.objects.values_list("key", flat=True)) == ["k"]


def test_keys_are_apart_in_one_posting() -> None:
    with pytest.raises(ValueError, match="key of its own"):
        post(posting(1, "k"), posting(1, "k"))


@pytest.mark.django_db(transaction=True)
def test_posting_is_part_of_a_transaction() -> None:
    with pytest.raises(OutsideTransactionError):
        post(posting(1, "k"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((STRIPE, HELD, eur(0), "k"), ValueError),
        ((STRIPE, HELD, eur(-1), "k"), ValueError),
        ((STRIPE, STRIPE, eur(1), "k"), ValueError),
        ((STRIPE, HELD, eur(1), ""), ValueError),
        ((STRIPE, HELD, Money(1, "usd"), "k"), CurrencyMismatchError),
        ((STRIPE, "disputes:usd", eur(1), "k"), CurrencyMismatchError),
        ((STRIPE, "disputes", eur(1), "k"), ValueError),
        ((STRIPE, HELD, eur(1), "k" * 121), ValueError),
        ((STRIPE, HELD, eur(1), "k", "m" * 201), ValueError),
        ((STRIPE, HELD, eur(1), "k", "m", "o" * 33), ValueError),
    ],
)
def test_impossible_posting_is_not_even_made(arguments: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Posting(*arguments)


def test_posting_may_be_as_long_as_its_columns() -> None:
    longest = posting(1, "k" * 120, memo="m" * 200, order="o" * 32)
    (row,) = write(longest)
    assert (row.key, row.memo, row.order_key) == (longest.key, longest.memo, longest.order)


def test_posting_costs_the_same_for_one_and_three(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    open_accounts([STRIPE, HELD, VAT, FEES])
    # The accounts and the entries.
    with django_assert_num_queries(2):
        post(posting(1, "k"))
    with django_assert_num_queries(2):
        post(*sale())


def test_account_is_opened_once() -> None:
    first = open_accounts([STRIPE, HELD])
    assert open_accounts([HELD, STRIPE, STRIPE]) == first
    assert sorted(Account.objects.values_list("name", "currency")) == [(HELD, "eur"), (STRIPE, "eur")]


@pytest.mark.django_db(transaction=True)
def test_accounts_are_asked_for_once_in_a_process() -> None:
    forget_accounts()
    for queries_wanted in (True, False):
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            found = open_accounts([STRIPE, HELD])
        assert (sorted(found), len(queries) > 0) == (sorted([STRIPE, HELD]), queries_wanted)


@pytest.mark.django_db(transaction=True)
def test_accounts_whose_opening_was_taken_back_are_opened_again() -> None:
    forget_accounts()
    with transaction.atomic():
        open_accounts([STRIPE, HELD])
        transaction.set_rollback(True)
    assert not Account.objects.exists()
    with transaction.atomic():
        post(posting(5, "k"))
    assert Entry.objects.get().debit.name in {STRIPE, HELD}


@pytest.mark.django_db(transaction=True)
def test_no_more_accounts_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_accounts()
    monkeypatch.setattr(ledger, "_MOST_KNOWN", 3)
    for name in (STRIPE, HELD, VAT, FEES):
        with transaction.atomic():
            open_accounts([name])
    assert list(ledger._known) == [FEES]
    with transaction.atomic():
        assert sorted(open_accounts([STRIPE, HELD, VAT, FEES])) == sorted([STRIPE, HELD, VAT, FEES])


def test_account_that_was_never_opened_stands_at_zero() -> None:
    assert (balance("stripe:jpy"), balances(), totals()) == (Money(0, "jpy"), {}, {})
    assert (statement("stripe:jpy"), entries_of_order(""), entries_of_order("x")) == (([], None), [], [])


def test_prefix_knows_small_letters_from_capitals_and_ends_with_a_colon() -> None:
    other = names.held_for_room(OTHER_ROOM, "eur")
    write(posting(10, "a"), posting(5, "b", credit=other), posting(2, "c", debit=HELD, credit=other))
    assert balances("held:") == {HELD: eur(-8), other: eur(-7)}
    assert balances(f"held:room:{ROOM}:") == {HELD: eur(-8)}
    assert totals("held:room:") == {"eur": eur(-15)}
    with pytest.raises(ValueError, match="no colon"):
        balances("held:room:R")


def test_currencies_are_summed_apart() -> None:
    write(posting(10, "a"), Posting("stripe:usd", names.held_for_room(ROOM, "usd"), Money(7, "usd"), "b"))
    assert totals("stripe:") == {"eur": eur(10), "usd": Money(7, "usd")}
    assert totals() == {"eur": eur(0), "usd": Money(0, "usd")}


def test_statement_goes_back_page_by_page_and_says_where_the_account_stood() -> None:
    write(posting(100, "a"), posting(30, "b", debit=HELD, credit=STRIPE), posting(9, "c", credit=VAT), posting(5, "d"))
    write(posting(1, "elsewhere", debit=FEES, credit=VAT))
    first = statement(STRIPE, limit=3)
    assert [(line.entry.key, line.change, line.balance) for line in first.lines] == [
        ("d", eur(5), eur(84)),
        ("c", eur(9), eur(79)),
        ("b", eur(-30), eur(70)),
    ]
    second = statement(STRIPE, limit=3, cursor=first.next_cursor)
    assert [(line.entry.key, line.change, line.balance) for line in second.lines] == [("a", eur(100), eur(100))]
    assert second.next_cursor is None
    with pytest.raises(BadCursorError):
        statement(STRIPE, cursor="nonsense")


def test_statement_costs_the_same_for_one_line_and_three(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    write(*sale())
    for limit in (1, 3):
        with django_assert_num_queries(5):
            assert len(statement(STRIPE, limit=limit).lines) == limit


ACCOUNTS = ["stripe:eur", "disputes:eur", "vat:fr:eur", "platform:fees:eur", "stripe:usd", "refunds:usd"]
MOVES = st.lists(
    st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(1, 10**12), st.integers(0, 12)),
    max_size=25,
)


@settings(max_examples=60)
@given(MOVES)
def test_whatever_is_posted_sums_are_zero_and_balances_those_of_a_plain_model(
    moves: list[tuple[str, str, int, int]],
) -> None:
    model: Counter[str] = Counter()
    posted: dict[str, tuple[str, str, int]] = {}
    with transaction.atomic():
        for debit, credit, minor, number in moves:
            key, currency = f"k{number}", names.currency_of(debit)
            if debit == credit or names.currency_of(credit) != currency:
                continue
            move = Posting(debit, credit, Money(minor, currency), key)
            if posted.setdefault(key, (debit, credit, minor)) != (debit, credit, minor):
                with pytest.raises(EntryMismatchError):
                    post(move)
                continue
            if not Entry.objects.filter(key=key).exists():
                model[debit] += minor
                model[credit] -= minor
            post(move)
        # What was refused may have opened an account.
        standing = {name: money.minor for name, money in balances().items() if money}
        assert standing == {name: minor for name, minor in model.items() if minor}
        assert all(not money for money in totals().values())
        for name, minor in model.items():
            assert balance(name).minor == minor
            lines = statement(name).lines
            assert sum(line.change.minor for line in lines) == minor
            assert [line.balance.minor for line in lines[:1]] == [minor]
        transaction.set_rollback(True)
