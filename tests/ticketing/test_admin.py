"""Staff's view of money: everything to be read, nothing to be written, the few safe actions with their permissions."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from config.lib.money import Money
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.selling_host import given_back, guest_ticket, held_order, sold_order
from ticketing.enums import OrderState, RefundReason, RefundState, WaitingState
from ticketing.models import Account, Entry, Offer, Order, Reconciliation, Refund, StripeEvent, Ticket, WaitingPlace
from ticketing.selectors.timeline import timeline
from ticketing.services import refunds
from ticketing.services.looking_after import PAUSE
from ticketing.services.seats import hold_seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

pytestmark = pytest.mark.django_db(transaction=True)

MODELS: list[type[Model]] = [Offer, Order, Ticket, Refund, StripeEvent, Account, Entry, WaitingPlace, Reconciliation]


@pytest.fixture
def staff() -> Callable[..., Client]:
    """Return browsers of staff with the named permissions; without any name, of a superuser."""

    def make(*codenames: str) -> Client:
        person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True, is_superuser=not codenames)
        person.user_permissions.set(
            Permission.objects.filter(codename__in=codenames, content_type__app_label="ticketing")
        )
        client = Client(headers={"accept-language": "en"})
        client.force_login(person)
        return client

    return make


@pytest.fixture
def sold(yara: User, malo: User) -> Order:
    """Return a paid order, and a row of every other kind beside it."""
    offer = planned_offer()
    order = sold_order(offer, yara, dispute="dp_1")
    given_back(order, 300, tax=50, asked_by=malo, stripe_id="re_1")
    WaitingPlace.objects.create(offer=offer, user=malo, state=WaitingState.WAITING)
    StripeEvent.objects.create(
        id="evt_1",
        type="charge.updated",
        object_id=order.charge,
        livemode=False,
        created_at=timezone.now(),
        payload="{}",
    )
    now = timezone.now()
    finding = {"source": order.charge, "since": now.isoformat(), "text": "Of <it> Stripe has nothing."}
    Reconciliation.objects.create(since=now - timedelta(days=1), until=now, findings=[finding])
    guest_ticket(offer, malo)
    order.refresh_from_db()
    return order


def address(model: type[Model], what: str, *args: object) -> str:
    return reverse(f"admin:ticketing_{model._meta.model_name}_{what}", args=args)


def test_staff_read_what_did_not_fit(sold: Order, staff: Callable[..., Client]) -> None:
    row = Reconciliation.objects.get()
    page = staff().get(address(Reconciliation, "change", row.pk)).content.decode()
    assert f"{row.begun_at:%Y-%m-%d} · Of &lt;it&gt; Stripe has nothing." in page


@pytest.mark.parametrize("model", MODELS)
def test_nobody_writes_rows_of_money(sold: Order, staff: Callable[..., Client], model: type[Model]) -> None:
    client, row = staff(), model._default_manager.first()
    assert row is not None
    before = list(model._default_manager.order_by("pk").values())
    assert client.get(address(model, "changelist")).status_code == HTTPStatus.OK
    page = client.get(address(model, "change", row.pk))
    assert page.status_code == HTTPStatus.OK
    assert not page.context["adminform"].form.fields
    for what, args in (("add", ()), ("change", (row.pk,)), ("delete", (row.pk,))):
        assert client.post(address(model, what, *args), {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(address(model, "changelist"), chosen)
    assert list(model._default_manager.order_by("pk").values()) == before


def test_no_page_of_money_escapes_the_walk() -> None:
    registered = {model for model in admin.site._registry if model._meta.app_label == "ticketing"}
    assert registered == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_staff_without_a_permission_see_nothing(sold: Order, staff: Callable[..., Client], model: type[Model]) -> None:
    other = "view_offer" if model is not Offer else "view_order"
    client, row = staff(other), model._default_manager.first()
    assert row is not None
    assert client.get(address(model, "changelist")).status_code == HTTPStatus.FORBIDDEN
    assert client.get(address(model, "change", row.pk)).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_for_one_and_three(staff: Callable[..., Client], model: type[Model]) -> None:
    def fill() -> None:
        order = sold_order(planned_offer())
        given_back(order, 1)
        WaitingPlace.objects.create(offer=order.offer, user=order.offer.room.host)
        StripeEvent.objects.create(
            id=f"evt_{order.pk}", type="refund.updated", livemode=False, created_at=timezone.now(), payload="{}"
        )

    client = staff()
    fill()
    client.get(address(model, "changelist"))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address(model, "changelist")).status_code == HTTPStatus.OK
        counts.append(len(counted))
        fill()
        fill()
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "said", ["{public_id}", "yara", "yara@example.org", "{session}", "{payment_intent}", "{charge}", "re_1", "dp_1"]
)
def test_order_is_found_by_whatever_a_letter_says(sold: Order, staff: Callable[..., Client], said: str) -> None:
    sold_order(sold.offer)
    words = said.format(**vars(sold))
    page = staff().get(address(Order, "changelist"), {"q": words})
    assert list(page.context["cl"].result_list) == [sold]


def test_timeline_has_every_event_of_an_order(sold: Order, sam: User) -> None:
    assert sold.buyer is not None
    now = timezone.now()
    Ticket.objects.filter(order=sold).update(
        checked_in_at=now, frozen_at=now + timedelta(1), voided_at=now + timedelta(2)
    )
    Notification.objects.create(
        public_id="n1", user=sold.buyer, kind="receipt", key="k", data={"order": sold.public_id}, created_at=now
    )
    LogEntry.objects.log_actions(sam.pk, [sold], 2, "Asked Stripe again.", single_object=True)
    found = timeline(sold)
    assert found == sorted(found, key=lambda one: one.at)
    assert sorted((one.source, one.what) for one in found) == [
        ("Ledger", "Costs of a payment"),
        ("Ledger", "Tax on a ticket"),
        ("Ledger", "Ticket sold"),
        ("Money back", "Refund asked for"),
        ("Order", "Paid"),
        ("Order", "Seat held"),
        ("Staff", "Asked Stripe again."),
        ("Stripe", "charge.updated"),
        ("Ticket", "Holder came in"),
        ("Ticket", "Ticket frozen"),
        ("Ticket", "Ticket made"),
        ("Ticket", "Ticket void"),
        ("Told", "You have bought a ticket"),
    ]


def test_sums_are_written_as_the_reader_writes_them(sold: Order, staff: Callable[..., Client]) -> None:
    client, refund = staff(), Refund.objects.get()
    for language, of_order, of_refund in (
        ("en", "€2.00 (20%)", ("€3.00", "€0.50")),
        ("fr", "2,00 € (20 %)", ("3,00 €", "0,50 €")),
    ):
        pages = [
            client.get(address(type(row), "change", row.pk), headers={"accept-language": language}).content.decode()
            for row in (sold, refund)
        ]
        order_page, refund_page = (page.replace("\xa0", " ").replace("&nbsp;", " ") for page in pages)
        assert of_order in order_page
        assert [money in refund_page for money in of_refund] == [True, True]


def test_timeline_of_a_hold_that_ended(yara: User) -> None:
    order = held_order(planned_offer(), yara, state=OrderState.HELD)
    Order.objects.filter(pk=order.pk).update(
        state=OrderState.RELEASED, takes_seat=False, released_at=timezone.now(), release_reason="expired"
    )
    order.refresh_from_db()
    WaitingPlace.objects.create(offer=order.offer, user=yara, order=order, state=WaitingState.OVER)
    assert [(one.source, one.what) for one in timeline(order)] == [
        ("Order", "Seat held"),
        ("Order", "Hold ended"),
        ("Waiting list", "Joined the line"),
    ]
    Order.objects.filter(pk=order.pk).update(buyer=None)
    order.refresh_from_db()
    assert len(timeline(order)) == 3


def test_order_page_offers_what_one_may_do(sold: Order, staff: Callable[..., Client]) -> None:
    page = staff("view_order").get(address(Order, "change", sold.pk)).content.decode()
    assert "Ticket sold" in page
    assert ("Give money back" in page, "Ask Stripe again" in page) == (False, False)
    User.objects.filter(handle="nolwenn").delete()
    page = staff("view_order", "add_refund", "change_order").get(address(Order, "change", sold.pk)).content.decode()
    assert ("Give money back" in page, "Ask Stripe again" in page, "Send the receipt again" in page) == (True,) * 3


def test_staff_refund_a_part_and_the_rest(sold: Order, staff: Callable[..., Client]) -> None:
    client = staff("view_order", "add_refund")
    page = address(Order, "refund", sold.pk)
    assert "€9.00 is left" in client.get(page).content.decode().replace("\xa0", " ")
    answer = client.post(page, {"how_much": "part", "part": "9.01", "left": "900"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    answer = client.post(page, {"how_much": "part", "part": "4", "left": "900"})
    assert answer["Location"] == address(Order, "change", sold.pk)
    client.post(page, {"how_much": "whole", "left": "900"})
    client.post(page, {"how_much": "whole", "left": "500"})
    made = list(
        Refund.objects.exclude(stripe_id="re_1").order_by("pk").values_list("amount", "reason", "asked_by__handle")
    )
    assert made == [(400, RefundReason.STAFF, "nolwenn"), (500, RefundReason.STAFF, "nolwenn")]
    noted = list(LogEntry.objects.order_by("pk").values_list("object_id", flat=True))
    assert noted == [str(sold.pk)] * 2


ACTS = {"refund": "add_refund", "receipt": "change_order", "look": "change_order"}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["staff with another right", "staff who may not see orders", "buyer", "host", "guest"])
def test_who_may_act_on_an_order(sold: Order, staff: Callable[..., Client], act: str, role: str) -> None:
    other = ({"add_refund", "change_order"} - {ACTS[act]}).pop()
    if role == "staff with another right":
        client = staff("view_order", "delete_order", other)
    elif role == "staff who may not see orders":
        client = staff("view_offer", "add_refund")
    else:
        client = Client()
        person = {"buyer": sold.buyer, "host": sold.offer.room.host, "guest": None}[role]
        if person is not None:
            client.force_login(person)
    before = Refund.objects.count(), Notification.objects.count(), LogEntry.objects.count()
    status = client.post(address(Order, act, sold.pk), {"how_much": "whole", "left": "900"}).status_code
    if role == "staff who may not see orders" and act == "refund":
        assert status == HTTPStatus.NOT_FOUND
    elif role.startswith("staff"):
        assert status == HTTPStatus.FORBIDDEN
    else:
        assert status in {HTTPStatus.FOUND, HTTPStatus.FORBIDDEN}
    assert (Refund.objects.count(), Notification.objects.count(), LogEntry.objects.count()) == before


def test_receipt_is_sent_again(sold: Order, staff: Callable[..., Client]) -> None:
    client = staff("view_order", "change_order")
    found = Notification.objects.filter(kind="receipt", user=sold.buyer)
    for _ in range(2):
        client.post(address(Order, "receipt", sold.pk))
    assert found.count() == 1
    found.update(created_at=timezone.now() - PAUSE)
    client.post(address(Order, "receipt", sold.pk))
    assert found.count() == 2
    assert LogEntry.objects.filter(object_id=str(sold.pk)).count() == 3
    assert client.get(address(Order, "receipt", sold.pk)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_receipt_of_a_hold_is_refused(staff: Callable[..., Client]) -> None:
    order = held_order(planned_offer())
    answer = staff().post(address(Order, "receipt", order.pk), follow=True)
    assert "There is no receipt to send" in answer.content.decode()
    assert (Notification.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_stripe_is_asked_again(yara: User, staff: Callable[..., Client]) -> None:
    """The webhook was lost: what staff press finds the payment, and the refund that went through meanwhile."""
    order = hold_seat(planned_offer().pk, yara)
    pay_at_stripe(order)
    client = staff()
    client.post(address(Order, "look", order.pk))
    order.refresh_from_db()
    assert (order.state, order.ticket.holder) == (OrderState.PAID, yara)
    refund = refunds.ask_refund(order.pk, reason=RefundReason.STAFF, by=None, amount=Money(100, "eur"))
    refunds.send_refund(refund.pk)
    client.post(address(Order, "look", order.pk))
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED


def offers_act(client: Client, action: str, *offers: Offer) -> Any:
    return client.post(
        address(Offer, "changelist"),
        {"action": action, "_selected_action": [offer.pk for offer in offers]},
        follow=True,
    )


def test_staff_stop_a_sale_and_let_it_go_on(staff: Callable[..., Client]) -> None:
    offer, other = planned_offer(), planned_offer()
    client = staff("view_offer", "change_offer")
    answer = offers_act(client, "stop_sale", offer)
    assert "1 sale changed." in answer.content.decode()
    assert list(Offer.objects.order_by("pk").values_list("stopped_by_staff", flat=True)) == [True, False]
    offers_act(client, "stop_sale", offer)
    offers_act(client, "sell_again", offer, other)
    assert list(Offer.objects.order_by("pk").values_list("stopped_by_staff", "closed_at")) == [(False, None)] * 2
    noted = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert noted == ["Sale stopped by staff.", "Sale let go on by staff."]


def test_stopping_a_sale_needs_the_permission(staff: Callable[..., Client]) -> None:
    offer = planned_offer()
    offers_act(staff("view_offer"), "stop_sale", offer)
    offer.refresh_from_db()
    assert offer.closed_at is None


def test_accounts_stand_where_the_ledger_says(yara: User, staff: Callable[..., Client]) -> None:
    order = buy(planned_offer(), yara)
    page = staff().get(address(Account, "changelist"))
    found = {row.name: row.minor for row in page.context["cl"].result_list}
    room = order.offer.room.public_id
    assert found == {
        "stripe:eur": 1200 - (order.fee or 0),
        f"held:room:{room}:eur": -1000,
        "vat:fr:eur": -200,
        **({"stripe:fees:eur": order.fee} if order.fee else {}),
    }
