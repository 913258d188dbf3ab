"""Several writes at once: one statement on PostgreSQL, one after another elsewhere, and the same result."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.lib import prepared
from config.lib.inserting import insert, insert_if, inserting, inserting_new, write_if
from config.lib.statements import write
from tests.factories.people import UserFactory
from tests.factories.selling import held_order, offer_of
from ticketing.enums import OrderState
from ticketing.models import Account, Entry, Offer, Order

if TYPE_CHECKING:
    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db


LATER = datetime(2030, 1, 1, tzinfo=UTC)


def later() -> QuerySet[Order]:
    return Order.objects.filter(held_until__gt=LATER)


def account(name: str) -> Account:
    return Account(name=f"{name}:eur", currency="eur")


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


@prepared.updating
def take(*, offer: int) -> tuple[QuerySet[Offer], dict[str, Any]]:
    return Offer.objects.filter(pk=offer, taken__lt=F("capacity")), {"taken": F("taken") + 1}


def new_order(offer: Offer) -> Order:
    return Order(offer=offer, buyer=UserFactory.create(), amount=1_200, currency="eur", held_until=timezone.now())


def test_each_write_says_how_many_rows_it_concerned() -> None:
    Account.objects.create(name="a:eur", currency="eur")
    offer = offer_of(seats=2)
    order = held_order(offer, UserFactory.create())
    order.fee = 43
    with CaptureQueriesContext(connection) as queries:
        found = write(
            inserting_new([account("a"), account("b"), account("c")]),
            take(offer=offer.pk),
            take(offer=offer.pk + 1),
            prepared.saving_fields(order, ("fee",)),
        )
    assert found == [2, 1, 0, 1]
    assert len(queries) == (1 if is_postgres() else 4)
    assert sorted(Account.objects.values_list("name", flat=True)) == ["a:eur", "b:eur", "c:eur"]
    offer.refresh_from_db()
    order.refresh_from_db()
    assert (offer.taken, order.fee) == (2, 43)


def test_one_write_and_none_are_fine_as_well() -> None:
    assert write() == []
    assert write(inserting_new([account("a")])) == [1]


def test_what_one_write_breaks_none_has_written() -> None:
    order = held_order(offer_of(), UserFactory.create())
    order.refunded = 1
    with pytest.raises(IntegrityError), transaction.atomic():
        write(inserting_new([account("a")]), prepared.saving_fields(order, ("refunded",)))
    assert not Account.objects.exists()


def test_row_is_inserted_if_there_was_anything_to_update() -> None:
    offer = offer_of(seats=1)
    first, second = new_order(offer), new_order(offer)
    with CaptureQueriesContext(connection) as queries:
        assert insert_if(take(offer=offer.pk), first)
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == (
        ["WITH"] if is_postgres() else ["UPDATE", "INSERT"]
    )
    assert not insert_if(take(offer=offer.pk), second)
    offer.refresh_from_db()
    assert (offer.taken, list(Order.objects.all()), second._state.adding) == (1, [first], True)
    names = [field.attname for field in Order._meta.fields]
    assert Order.objects.values().get() == {name: getattr(first, name) for name in names}
    first.fee = 1
    first.save()
    assert Order.objects.get().fee == 1


def test_nothing_is_updated_for_a_row_that_breaks_a_constraint() -> None:
    offer = offer_of(seats=5)
    order = new_order(offer)
    assert insert_if(take(offer=offer.pk), order)
    again = Order(offer=offer, buyer=order.buyer, amount=1, currency="eur", held_until=order.held_until)
    with pytest.raises(IntegrityError):
        insert_if(take(offer=offer.pk), again)
    # The transaction around it goes on.
    offer.refresh_from_db()
    assert (offer.taken, Order.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_both_or_neither_too() -> None:
    offer = offer_of(seats=5)
    order = new_order(offer)
    again = Order(offer=offer, buyer=order.buyer, amount=1, currency="eur", held_until=order.held_until)
    assert insert_if(take(offer=offer.pk), order)
    with pytest.raises(IntegrityError):
        insert_if(take(offer=offer.pk), again)
    offer.refresh_from_db()
    assert (offer.taken, list(Order.objects.all())) == (1, [order])


def test_rows_are_inserted_if_there_was_anything_to_update() -> None:
    offer = offer_of(seats=1)
    Account.objects.create(name="a:eur", currency="eur")
    with CaptureQueriesContext(connection) as queries:
        assert write_if(take(offer=offer.pk), inserting(account("b")), inserting_new([account("a")]))
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) == (1 if is_postgres() else 3)
    assert not write_if(take(offer=offer.pk), inserting(account("c")))
    assert sorted(Account.objects.values_list("name", flat=True)) == ["a:eur", "b:eur"]
    offer.refresh_from_db()
    assert offer.taken == 1


def test_all_of_it_is_taken_back_if_one_row_breaks_a_constraint() -> None:
    offer = offer_of(seats=5)
    Account.objects.create(name="a:eur", currency="eur")
    with pytest.raises(IntegrityError):
        write_if(take(offer=offer.pk), inserting(account("b")), inserting(account("a")))
    offer.refresh_from_db()
    assert (offer.taken, Account.objects.count()) == (0, 1)


@pytest.mark.parametrize(("seconds", "is_saved"), [(-1, False), (1, True)])
def test_fields_are_saved_if_the_row_is_among_those(seconds: int, is_saved: bool) -> None:
    order = held_order(offer_of(), UserFactory.create(), held_until=LATER + timedelta(seconds=seconds))
    order.fee = 43
    assert write(prepared.saving_fields(order, ("fee",), later)) == [int(is_saved)]
    order.refresh_from_db()
    assert (order.fee == 43) == is_saved


@pytest.mark.parametrize("word", ["it's", "50 %", "%s", "a b", "é", "x" * 40, OrderState.HELD])
def test_words_that_never_change_are_found_whatever_is_in_them(word: str) -> None:
    @prepared.exists
    def known(*, memo: str) -> QuerySet[Entry]:
        return Entry.objects.filter(key=word, memo=memo)

    debit, credit = account("a"), account("b")
    debit.save()
    credit.save()
    Entry.objects.create(debit=debit, credit=credit, amount=1, currency="eur", key=word, memo=word)
    assert (known(memo=word), known(memo="other")) == (True, False)


def test_what_is_none_in_all_rows_is_left_unsaid() -> None:
    offer = offer_of()
    one, other = new_order(offer), new_order(offer)
    other.fee = 7
    for order in (one, other):
        with CaptureQueriesContext(connection) as queries:
            insert(order)
        assert ('"fee"' in queries[0]["sql"]) == (order is other)
        assert Order.objects.get(pk=order.pk).fee == order.fee
