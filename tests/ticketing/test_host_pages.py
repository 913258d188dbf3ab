"""The host's pages of tickets: who sees them, what they say, what is done there, the file, both languages."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.policies.rules import Purpose, Verdict
from accounts.services.policies import make_exception
from config.lib.csv_files import MARK
from config.lib.money import Money
from rooms.enums import EntryRule, StageRole
from rooms.models import Room, StageMember
from rooms.services.planning import cancel_room
from tests.factories.people import UserFactory
from tests.factories.selling_host import given_back, guest_ticket, held_order, sold_order
from tests.rooms.planned import planned
from tests.ticketing.test_offers import terms
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState, TicketKind
from ticketing.models import Offer, Order, Refund, Ticket
from ticketing.selectors.host import RefundProgress, Seats, Takings, refund_progress, seats_of, takings_of
from ticketing.services.offers import close_sales, make_offer
from ticketing.services.seats import join_line

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def coming(ines: User) -> Room:
    """Return a room that Inès has planned for tomorrow."""
    return planned(ines)


@pytest.fixture
def offer(coming: Room, ines: User) -> Offer:
    """Return five seats of it for 12 euros."""
    return make_offer(coming.public_id, by=ines, terms=terms())


def browser(person: User | None, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    if person is not None:
        person.language = language
        person.save(update_fields=["language"])
        client.force_login(person)
    return client


def at(name: str, room: Room, *more: str) -> str:
    return reverse(f"ticketing:{name}", args=[room.public_id, *more])


def words(response: Any) -> str:
    """Return what the page says, in one line, without its tags."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("\xa0", " ").replace("&nbsp;", " ").split())


FILLED = {"price": "12,50", "currency": "eur", "seats": "20", "zone": "Europe/Paris"}


def test_host_offers_tickets(coming: Room, ines: User) -> None:
    client = browser(ines)
    page = client.get(at("host", coming))
    assert (page.status_code, page["Cache-Control"]) == (HTTPStatus.OK, "private, no-store")
    assert "Price of a ticket, in EUR" in words(page)
    answer = client.post(at("host", coming), FILLED)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, at("host", coming))
    made = Offer.objects.get()
    assert (made.price, made.capacity, made.sales_end_at) == (Money(1250, "eur"), 20, coming.starts_at)
    assert "€12.50 On sale until" in words(client.get(at("host", coming)))


def test_what_is_wrong_stands_beside_its_field(coming: Room, ines: User) -> None:
    client = browser(ines)
    wrong = {"price": "twelve", "currency": "eur", "seats": "0", "zone": "Europe/Paris", "begins_hour": "10:00"}
    answer = client.post(at("host", coming), wrong)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert list(answer.context["form"].errors) == ["begins_day", "price"]
    answer = client.post(at("host", coming), FILLED | {"price": "0,99", "seats": "0"})
    assert list(answer.context["form"].errors) == ["price", "seats"]
    late = (timezone.localtime() + timedelta(days=9)).date().isoformat()
    answer = client.post(at("host", coming), FILLED | {"ends_day": late})
    assert list(answer.context["form"].errors) == ["ends_day"]
    assert not Offer.objects.exists()


def test_saving_what_is_shown_changes_nothing(coming: Room, offer: Offer, ines: User) -> None:
    client = browser(ines)
    form = client.get(at("host", coming)).context["form"]
    shown = {name: value for name in form.fields if (value := form[name].value()) not in {None, ""}}
    assert "ends_day" not in shown
    assert client.post(at("host", coming), shown).status_code == HTTPStatus.FOUND
    after = Offer.objects.get()
    assert (after.price, after.capacity, after.sales_end_at) == (offer.price, offer.capacity, offer.sales_end_at)
    assert after.sales_begin_at == offer.sales_begin_at.replace(second=0, microsecond=0)


def test_two_windows_do_not_overwrite_each_other(coming: Room, offer: Offer, ines: User) -> None:
    client = browser(ines)
    assert client.post(at("host", coming), FILLED | {"revision": "0"}).status_code == HTTPStatus.FOUND
    answer = client.post(at("host", coming), FILLED | {"revision": "0", "seats": "30"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The tickets were changed meanwhile." in words(answer)
    assert Offer.objects.get(pk=offer.pk).capacity == 20


def test_price_that_stays_is_explained(coming: Room, offer: Offer, ines: User) -> None:
    sold_order(offer)
    page = browser(ines).get(at("host", coming))
    assert "Somebody holds or has a seat for €12.00, so the price stays." in words(page)


def test_sale_is_stopped_and_goes_on(coming: Room, offer: Offer, ines: User) -> None:
    client = browser(ines)
    client.post(at("host-sales", coming), {"sales": "off"})
    assert Offer.objects.get(pk=offer.pk).closed_at is not None
    assert "The sale is stopped" in words(client.get(at("host", coming)))
    client.post(at("host-sales", coming), {"sales": "on"})
    assert Offer.objects.get(pk=offer.pk).closed_at is None


def test_staffs_stop_is_said_and_cannot_be_undone(coming: Room, offer: Offer, ines: User, sam: User) -> None:
    close_sales(coming.public_id, by=sam, staff=True)
    client = browser(ines)
    assert "Staff have stopped the sale" in words(client.get(at("host", coming)))
    answer = client.post(at("host-sales", coming), {"sales": "on"}, follow=True)
    assert "have stopped the sale for this room" in words(answer)
    assert Offer.objects.get(pk=offer.pk).closed_at is not None


def test_who_may_not_sell_reads_why(coming: Room, ines: User, sam: User) -> None:
    make_exception(Purpose.SELL, person=ines, verdict=Verdict.DENY, reason="No.", by=sam)
    client = browser(ines)
    assert "Your account may not sell tickets here." in words(client.get(at("host", coming)))
    answer = client.post(at("host", coming), FILLED)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Offer.objects.exists()


ROLES = ["host", "staff", "staff without the right", "co-host", "buyer", "stranger", "guest"]


def cast(role: str, offer: Offer, ines: User, sam: User) -> User | None:
    person: User = UserFactory.create()
    if role == "co-host":
        StageMember.objects.create(room=offer.room, user=person, role=StageRole.COHOST)
    if role == "buyer":
        sold_order(offer, person)
    if role == "staff without the right":
        person.is_staff = True
        person.save(update_fields=["is_staff"])
    return {"host": ines, "staff": sam, "guest": None}.get(role, person)


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_the_tickets_of_a_room(coming: Room, offer: Offer, ines: User, sam: User, role: str) -> None:
    client = browser(cast(role, offer, ines, sam))
    for name in ("host", "host-holders-file", "host-statement"):
        status = client.get(at(name, coming)).status_code
        if role == "guest":
            assert status == HTTPStatus.FOUND
        else:
            assert status == (HTTPStatus.OK if role in {"host", "staff"} else HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("role", ROLES[1:])
def test_only_the_host_acts_on_the_pages(coming: Room, offer: Offer, ines: User, sam: User, role: str) -> None:
    order, guest, invited = sold_order(offer), guest_ticket(offer), UserFactory.create()
    client = browser(cast(role, offer, ines, sam))
    acts = [
        ("host", (), FILLED | {"revision": "0"}),
        ("host-sales", (), {"sales": "off"}),
        ("host-guests", (), {"handle": invited.handle}),
        ("host-guest-off", (guest.public_id,), {}),
        ("host-refund", (Ticket.objects.get(order=order).public_id,), {"how_much": "whole", "left": "1200"}),
    ]
    for name, more, sent in acts:
        answer = client.post(at(name, coming, *more), sent)
        assert answer.status_code == (HTTPStatus.FOUND if role == "guest" else HTTPStatus.NOT_FOUND), name
        assert role != "guest" or answer["Location"].startswith("/account/login/") or "login" in answer["Location"]
    offer.refresh_from_db()
    assert (offer.revision, offer.closed_at, Refund.objects.count()) == (0, None, 0)
    guest.refresh_from_db()
    assert (guest.voided_at, Ticket.objects.filter(holder=invited).exists()) == (None, False)


def test_room_of_somebody_else_or_none_is_not_there(ines: User, oliver: User) -> None:
    other = planned(oliver)
    client = browser(ines)
    assert client.get(at("host", other)).status_code == HTTPStatus.NOT_FOUND
    for name in ("nothing", "x" * 14):
        assert client.get(reverse("ticketing:host", args=[name])).status_code == HTTPStatus.NOT_FOUND


def test_figures_add_up(coming: Room, offer: Offer, yara: User) -> None:
    first, second = sold_order(offer, fee=43), sold_order(offer, fee=None)
    held_order(offer)
    guest_ticket(offer)
    Offer.objects.filter(pk=offer.pk).update(capacity=4)
    join_line(offer.pk, yara)
    given_back(first, 300, tax=50)
    given_back(second, 100, state=RefundState.FAILED)
    Order.objects.filter(pk=second.pk).update(refunded=0)
    offer.refresh_from_db()
    assert seats_of(offer) == Seats(capacity=4, sold=2, held=1, guests=1, free=0, waiting=1)
    found = takings_of(offer)
    assert found == Takings(
        revenue=Money(2400, "eur"),
        refunded=Money(300, "eur"),
        disputed=Money(0, "eur"),
        tax=Money(350, "eur"),
        fees=Money(43, "eur"),
        fees_unknown=1,
        held=Money(2000, "eur"),
    )
    assert found.left == Money(2400 - 300 - 350 - 43, "eur")


def test_progress_of_giving_everything_back(coming: Room, offer: Offer, ines: User) -> None:
    orders = [sold_order(offer) for _ in range(4)]
    held_order(offer)
    cancel_room(coming.public_id, by=ines)
    given_back(orders[0], 1200)
    Order.objects.filter(pk=orders[0].pk).update(state=OrderState.REFUNDED, takes_seat=False)
    given_back(orders[1], 1200, RefundState.PENDING)
    given_back(orders[2], 1, RefundState.FAILED)
    Order.objects.filter(pk=orders[2].pk).update(refunded=0)
    Order.objects.filter(pk=orders[3].pk).update(dispute_state=DisputeState.OPEN)
    offer.refresh_from_db()
    assert (offer.refund_all, refund_progress(offer)) == (
        RefundReason.CANCELLED,
        RefundProgress(payments=4, done=1, under_way=1, stuck=2),
    )
    page = words(browser(ines).get(at("host", coming)))
    assert "Payments given back: 1 of 4. 2 did not go through" in page
    assert "Change the tickets" not in page


def test_list_says_how_each_ticket_stands(coming: Room, offer: Offer, ines: User, yara: User, oliver: User) -> None:
    sold_order(offer, yara)
    Ticket.objects.update(checked_in_at=timezone.now())
    part = sold_order(offer, oliver)
    given_back(part, 400)
    guest_ticket(offer)
    gone = sold_order(offer)
    assert gone.buyer is not None
    Ticket.objects.filter(order=gone).update(holder=None)
    page = browser(ines).get(at("host", coming))
    states = [(one["line"].ticket.kind, one["line"].state) for one in page.context["lines"]]
    assert states == [
        (TicketKind.BOUGHT, ""),
        (TicketKind.GUEST, ""),
        (TicketKind.BOUGHT, "part"),
        (TicketKind.BOUGHT, ""),
    ]
    said = words(page)
    assert "Somebody who has left" in said
    assert "€4.00 given back" in said
    assert "Yara Nasser" in said
    assert "Came in" in said


@pytest.mark.parametrize(
    ("search", "found"), [("yara", 1), ("@YARA", 1), ("nas yar", 1), ("oliver nasser", 0), ("", 2)]
)
def test_holders_are_searched_by_name(  # noqa: PLR0917 - the cast
    coming: Room, offer: Offer, ines: User, yara: User, oliver: User, search: str, found: int
) -> None:
    sold_order(offer, yara)
    guest_ticket(offer, oliver)
    page = browser(ines).get(at("host", coming), {"q": search})
    assert len(page.context["lines"]) == found
    if not found:
        assert "Nobody called “oliver nasser” has a ticket." in words(page)


def test_list_goes_on_over_pages(coming: Room, offer: Offer, ines: User) -> None:
    Offer.objects.update(capacity=50)
    for _ in range(31):
        guest_ticket(offer)
    client = browser(ines)
    assert len(client.get(at("host", coming)).context["lines"]) == 30
    assert len(client.get(at("host", coming), {"page": "2", "q": "person"}).context["lines"]) == 1


@pytest.mark.parametrize("name", ["host", "host-statement", "host-holders-file"])
def test_lists_cost_the_same_for_one_and_three(
    coming: Room, offer: Offer, ines: User, name: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(ines)
    given_back(sold_order(offer), 100)
    guest_ticket(offer)
    client.get(at(name, coming))
    with CaptureQueriesContext(connection) as counted:
        client.get(at(name, coming))
    for _ in range(2):
        given_back(sold_order(offer), 100)
    with django_assert_num_queries(len(counted)):
        client.get(at(name, coming))


def test_guest_is_invited_by_handle_and_taken_off(coming: Room, offer: Offer, ines: User, yara: User) -> None:
    client = browser(ines)
    answer = client.post(at("host-guests", coming), {"handle": " @Yara "}, follow=True)
    assert "Yara Nasser is on the guest list." in words(answer)
    ticket = Ticket.objects.get()
    assert ticket.holder == yara
    answer = client.post(at("host-guest-off", coming, ticket.public_id), follow=True)
    assert "Yara Nasser is off the guest list. Put them back" in words(answer)
    assert "Yara" not in words(client.get(at("host", coming)))
    client.post(at("host-guests", coming), {"handle": yara.handle})
    # Who is back on it is not offered again.
    assert "Put them back" not in words(client.get(at("host", coming) + f"?off={ticket.public_id}"))


def test_guest_whom_nobody_knows(coming: Room, offer: Offer, ines: User) -> None:
    client = browser(ines)
    answer = client.post(at("host-guests", coming), {"handle": "nobody"}, follow=True)
    assert "There is nobody called @nobody." in words(answer)
    assert "This is your own room" in words(client.post(at("host-guests", coming), {"handle": "ines"}, follow=True))
    assert not Ticket.objects.exists()


def test_refund_of_all_and_of_a_part(coming: Room, offer: Offer, ines: User, yara: User) -> None:
    order = sold_order(offer, yara)
    address = at("host-refund", coming, Ticket.objects.get().public_id)
    client = browser(ines)
    assert "All of it (€12.00)" in words(client.get(address)).replace("( ", "(").replace(" )", ")")
    for typed, said in (
        ("12,01", "Give back at most €12.00."),
        ("0", "Write how much goes back."),
        ("some", "Write the price as a number, for example 12.50."),
    ):
        answer = client.post(address, {"how_much": "part", "part": typed, "left": "1200"})
        assert (answer.status_code, said in words(answer)) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    client.post(address, {"how_much": "part", "part": "4", "left": "1200"})
    # Pressed twice, or in two windows.
    answer = client.post(address, {"how_much": "part", "part": "4", "left": "1200"})
    assert "Something has gone back meanwhile." in words(answer)
    answer = client.post(address, {"how_much": "whole", "left": "800"}, follow=True)
    assert "€8.00 goes back." in words(answer)
    found = list(Refund.objects.order_by("pk").values_list("order", "amount", "reason", "asked_by"))
    assert found == [(order.pk, 400, RefundReason.HOST, ines.pk), (order.pk, 800, RefundReason.HOST, ines.pk)]
    assert "Nothing is left to give back" in words(client.get(address))


def test_guests_ticket_has_nothing_to_refund(coming: Room, offer: Offer, ines: User) -> None:
    ticket = guest_ticket(offer)
    client = browser(ines)
    assert client.get(at("host-refund", coming, ticket.public_id)).status_code == HTTPStatus.NOT_FOUND
    assert client.get(at("host-refund", coming, "nothing")).status_code == HTTPStatus.NOT_FOUND


def test_file_of_holders_is_no_formula(coming: Room, offer: Offer, ines: User) -> None:
    order = sold_order(offer, UserFactory.create(handle="sly", display_name='=HYPERLINK("https://e.example")'))
    given_back(order, 250)
    response = browser(ines).get(at("host-holders-file", coming))
    name = f'attachment; filename="causerie-{coming.public_id}-tickets.csv"'
    assert (response["Content-Disposition"], response["Cache-Control"]) == (name, "private, no-store")
    rows = list(csv.reader(io.StringIO(response.content.decode().removeprefix(MARK))))
    ticket = Ticket.objects.get()
    since = f"{timezone.localtime(ticket.created_at):%Y-%m-%d %H:%M}"
    assert rows[1:] == [
        ["'=HYPERLINK(\"https://e.example\")", "sly", "bought", since, "", "12.00", "2.50", "EUR", ticket.public_id,
         order.public_id]
    ]  # fmt: skip


def test_statement_says_each_movement(coming: Room, offer: Offer, ines: User) -> None:
    sold_order(offer)
    sold_order(offer)
    client = browser(ines)
    page = client.get(at("host-statement", coming))
    lines = [(line.what, line.change, line.after) for line in page.context["lines"]]
    assert lines == [("Ticket sold", "+€10.00", Money(2000, "eur")), ("Ticket sold", "+€10.00", Money(1000, "eur"))]
    assert client.get(at("host-statement", coming), {"cursor": "nonsense"}).status_code == HTTPStatus.NOT_FOUND


def test_pages_without_anything(coming: Room, ines: User, oliver: User) -> None:
    client = browser(ines)
    assert client.get(at("host-statement", coming)).status_code == HTTPStatus.NOT_FOUND
    make_offer(coming.public_id, by=ines, terms=terms())
    assert "Nobody has a ticket yet" in words(client.get(at("host", coming)))
    assert "Nothing has moved yet" in words(client.get(at("host-statement", coming)))
    other = planned(ines)
    cancel_room(other.public_id, by=ines)
    assert "No tickets were offered for this room" in words(client.get(at("host", other)))
    assert "Sell tickets" not in words(client.get(at("host", other)))


def test_pages_in_french(coming: Room, offer: Offer, ines: User) -> None:
    sold_order(offer)
    page = words(browser(ines, "fr").get(at("host", coming)))
    assert "12,00 €" in page
    assert "Qui a un billet" in page


def test_planned_page_leads_its_host_to_the_tickets(coming: Room, ines: User, oliver: User) -> None:
    link = f'href="{at("host", coming)}"'
    page = reverse("rooms:room", args=[coming.public_id])
    assert link in browser(ines).get(page).content.decode()
    assert link not in browser(oliver).get(page).content.decode()


def test_new_room_for_ticket_holders_asks_what_one_costs(ines: User) -> None:
    said = {"title": "Paid", "language": "en", "entry_rule": EntryRule.TICKET, "when": "now"}
    answer = browser(ines).post(reverse("rooms:create"), said)
    made = Room.objects.get()
    assert (made.entry_rule, answer["Location"]) == (EntryRule.TICKET, at("host", made))
