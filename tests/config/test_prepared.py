"""Statements that are written once: they do what the ORM does, with each time's values."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.lib import prepared
from config.lib.inserting import insert, insert_new
from config.lib.money import Money
from tests.factories.people import UserFactory
from tests.factories.selling import held_order, offer_of
from ticketing.account_names import stripe, stripe_fees
from ticketing.models import Account, Entry, Offer, Order, Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db


@prepared.one
def order_of(*, offer: int, buyer: int) -> QuerySet[Order]:
    tickets = Ticket.objects.filter(order=OuterRef("pk"))
    return (
        Order.objects.select_related("offer__room", "buyer")
        .filter(offer=offer, buyer=buyer)
        .annotate(has_ticket=Exists(tickets))
    )


@prepared.one
def locked(*, order: int) -> QuerySet[Order]:
    return Order.objects.select_for_update().filter(pk=order)


@prepared.rows
def accounts_named(*, first: str, second: str) -> QuerySet[Account]:
    return Account.objects.filter(name__in=[first, second]).order_by("-name")


@prepared.exists
def held_after(*, offer: int, at: datetime) -> QuerySet[Order]:
    return Order.objects.filter(offer=offer, held_until__gt=at)


@prepared.update
def move(*, order: int, by: int, fee: int | None, evidence: dict[str, Any]) -> tuple[QuerySet[Order], dict[str, Any]]:
    wanted = Order.objects.filter(pk=order, takes_seat=True)
    return wanted, {"checkout_tries": F("checkout_tries") + by, "fee": fee, "tax_evidence": evidence, "country": "FR"}


def test_row_is_what_a_queryset_reads_each_time() -> None:
    offer = offer_of()
    for buyer in UserFactory.create_batch(2):
        made = held_order(offer, buyer, tax_evidence={"card": "FR"})
        found = order_of(offer=offer.pk, buyer=buyer.pk)
        same = Order.objects.get(pk=made.pk)
        names = [field.attname for field in Order._meta.concrete_fields]
        assert [getattr(found, name) for name in names] == [getattr(same, name) for name in names]
        with CaptureQueriesContext(connection) as queries:
            related = (found.offer, found.offer.room, found.buyer)
        assert (len(queries), related, vars(found)["has_ticket"]) == (0, (offer, offer.room, buyer), False)
        found.country = "DE"
        found.save()
        same.refresh_from_db()
        assert same.country == "DE"


def test_no_row_and_two_rows_are_errors() -> None:
    offer, buyer = offer_of(), UserFactory.create()
    with pytest.raises(Order.DoesNotExist):
        order_of(offer=offer.pk, buyer=buyer.pk)
    for _ in range(2):
        held_order(offer, buyer, state="released", takes_seat=False)
    with pytest.raises(Order.MultipleObjectsReturned):
        order_of(offer=offer.pk, buyer=buyer.pk)


def test_function_runs_once() -> None:
    runs = []

    @prepared.exists
    def known(*, name: str) -> QuerySet[Account]:
        runs.append(name)
        return Account.objects.filter(name=name)

    Account.objects.create(name="a:eur", currency="eur")
    assert [known(name=name) for name in ("a:eur", "b:eur", "a:eur")] == [True, False, True]
    assert len(runs) == 1


def test_rows_come_in_their_order() -> None:
    for name in ("a:eur", "b:eur", "c:eur"):
        Account.objects.create(name=name, currency="eur")
    found = accounts_named(first="a:eur", second="c:eur")
    assert [(row.name, row.currency) for row in found] == [("c:eur", "eur"), ("a:eur", "eur")]
    assert accounts_named(first="d:eur", second="d:eur") == []


@pytest.mark.parametrize(("seconds", "is_after"), [(-1, True), (0, False), (1, False)])
def test_times_are_compared(seconds: int, is_after: bool) -> None:
    order = held_order(offer_of(), UserFactory.create())
    order.refresh_from_db()
    assert held_after(offer=order.offer_id, at=order.held_until + timedelta(seconds=seconds)) is is_after


def test_none_is_equal_to_nothing_and_refused() -> None:
    nobody: Any = None
    with pytest.raises(TypeError):
        order_of(offer=1, buyer=nobody)


def test_fields_are_set_where_the_rows_fit() -> None:
    order = held_order(offer_of(), UserFactory.create())
    assert move(order=order.pk, by=2, fee=43, evidence={"country": "FR", "rate": None}) == 1
    order.refresh_from_db()
    assert (order.checkout_tries, order.fee, order.country) == (2, 43, "FR")
    assert order.tax_evidence == {"country": "FR", "rate": None}
    assert move(order=order.pk, by=1, fee=None, evidence={}) == 1
    Order.objects.filter(pk=order.pk).update(state="released", takes_seat=False)
    assert move(order=order.pk, by=5, fee=7, evidence={}) == 0
    order.refresh_from_db()
    assert (order.checkout_tries, order.fee, order.tax_evidence) == (3, None, {})


def test_some_fields_of_a_row_are_written_down() -> None:
    order = held_order(offer_of(), UserFactory.create())
    order.fee, order.tax_evidence, order.country = 43, {"a": [1]}, "FR"
    prepared.save_fields(order, ("fee", "tax_evidence"))
    order.refresh_from_db()
    assert (order.fee, order.tax_evidence, order.country) == (43, {"a": [1]}, "")
    order.pk += 1
    with pytest.raises(ObjectDoesNotExist):
        prepared.save_fields(order, ("fee", "tax_evidence"))


def test_inserted_row_is_the_one_that_is_read() -> None:
    offer, buyer = offer_of(), UserFactory.create()
    order = Order(offer=offer, buyer=buyer, amount=1_200, currency="eur", held_until=timezone.now())
    insert(order)
    assert order == Order.objects.get()
    assert Order.objects.values().get() == {
        field.attname: getattr(order, field.attname) for field in Order._meta.fields
    }
    order.fee = 1
    order.save()
    assert Order.objects.get().fee == 1


def test_inserted_row_breaks_no_constraint() -> None:
    offer, buyer = offer_of(), UserFactory.create()
    again = {"offer": offer, "buyer": buyer, "amount": 1, "currency": "eur", "held_until": timezone.now()}
    insert(Order(**again))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Order(**again))
    assert Order.objects.count() == 1


@pytest.mark.parametrize("number", [1, 2, 5])
def test_as_many_rows_are_inserted_as_are_given(number: int) -> None:
    debit, credit = (Account.objects.create(name=name("eur"), currency="eur") for name in (stripe_fees, stripe))
    rows = [
        Entry(debit=debit, credit=credit, amount=at + 1, currency="eur", key=f"key:{at}", memo="100 %")
        for at in range(number)
    ]
    assert insert_new(rows) == number
    assert [entry.money for entry in Entry.objects.order_by("pk")] == [Money(at + 1, "eur") for at in range(number)]
    assert insert_new(rows) == 0


@pytest.mark.django_db(transaction=True)
def test_row_is_locked_in_a_transaction_only() -> None:
    order = held_order(offer_of(), UserFactory.create())
    with transaction.atomic():
        assert locked(order=order.pk) == order
    with pytest.raises(transaction.TransactionManagementError):
        locked(order=order.pk)


def test_seat_is_taken_with_what_is_there_and_not_with_what_was() -> None:
    offer = offer_of(seats=2)

    @prepared.update
    def take(*, offer: int) -> tuple[QuerySet[Offer], dict[str, Any]]:
        return Offer.objects.filter(pk=offer, taken__lt=F("capacity")), {"taken": F("taken") + 1}

    assert [take(offer=offer.pk) for _ in range(3)] == [1, 1, 0]
    offer.refresh_from_db()
    assert offer.taken == 2
