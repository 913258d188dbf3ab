"""Several writes at once: one statement on PostgreSQL, one after another elsewhere, and the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from config.lib import prepared
from config.lib.inserting import insert, insert_if, inserting_new
from config.lib.statements import write
from tests.factories.people import UserFactory
from tests.factories.selling import held_order, offer_of
from ticketing.models import Account, Offer, Order

if TYPE_CHECKING:
    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db


def account(name: str) -> Account:
    return Account(name=f"{name}:eur", currency="eur")


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


@prepared.updating
def take(*, offer: int) -> tuple[QuerySet[Offer], dict[str, Any]]:
    return Offer.objects.filter(pk=offer, taken__lt=F("capacity")), {"taken": F("taken") + 1}


def new_order(offer: Offer) -> Order:
    made = held_order(offer, UserFactory.create())
    made.delete()
    return Order(offer=offer, buyer=made.buyer, amount=1_200, currency="eur", held_until=made.held_until)


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
    assert (offer.taken, order.fee) == (1, 43)


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
    offer.refresh_from_db()
    before = offer.taken
    with CaptureQueriesContext(connection) as queries:
        assert insert_if(take(offer=offer.pk), first)
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == (
        ["WITH"] if is_postgres() else ["UPDATE", "INSERT"]
    )
    assert not insert_if(take(offer=offer.pk), second)
    offer.refresh_from_db()
    assert (offer.taken, list(Order.objects.all()), second.pk) == (before + 1, [first], None)
    names = [field.attname for field in Order._meta.fields]
    assert Order.objects.values().get() == {name: getattr(first, name) for name in names}
    first.fee = 1
    first.save()
    assert Order.objects.get().fee == 1


def test_nothing_is_updated_for_a_row_that_breaks_a_constraint() -> None:
    offer = offer_of(seats=5)
    order = new_order(offer)
    assert insert_if(take(offer=offer.pk), order)
    again = Order(
        offer=offer, buyer=order.buyer, amount=order.amount, currency="eur", held_until=order.held_until
    )  # fmt: skip
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


def test_what_is_none_in_all_rows_is_left_unsaid() -> None:
    offer = offer_of()
    one, other = new_order(offer), new_order(offer)
    other.fee = 7
    for order in (one, other):
        with CaptureQueriesContext(connection) as queries:
            insert(order)
        assert ('"fee"' in queries[0]["sql"]) == (order is other)
        assert Order.objects.get(pk=order.pk).fee == order.fee
