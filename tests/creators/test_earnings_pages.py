"""A creator's pages of earnings: who sees them, what they say, both languages, few queries."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from config.lib.money import Money
from creators.enums import EarningSource
from creators.fee_presets import SPACES
from creators.fee_words import rate_lines
from creators.fees import ALL, Tier
from creators.models import PayoutRun
from creators.selectors.income import Grain, income_of
from creators.selectors.positions import position_of
from creators.selectors.statements import statement_of
from creators.services.fees import begin_schedule
from creators.spans import month_span
from creators.views import earnings
from rooms.models import RoomMinute
from tests.factories.earnings import booked, earned, sent, settled
from tests.factories.payments import buy, planned_offer
from tests.factories.payouts import go_on, pay_all, payee_of, sold
from tests.factories.people import UserFactory
from tests.factories.selling import offer_of
from tests.factories.selling_host import sold_order
from tests.rooms.test_stats import NOON, a_room
from tests.ticketing.test_host_pages import browser, words
from ticketing import account_names
from ticketing.enums import DisputeState, RefundReason
from ticketing.models import Order
from ticketing.selectors.ledger import balance
from ticketing.services.refunds import ask_refund, send_due_refunds

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from creators.fees import FeeSchedule
    from ticketing.models import Offer

pytestmark = pytest.mark.django_db

ALL_OF_IT = "/earnings/"
QUERIES = 37
ROOM_QUERIES = 9


@pytest.fixture
def offer(ines: User) -> Offer:
    return planned_offer(host=ines, seats=50)


def begin(*tiers: tuple[int, int], currency: str = "eur") -> FeeSchedule:
    return begin_schedule(
        [Tier(*tier) for tier in tiers], currency=currency, valid_from=None, name="Fee", note="", by=None
    ).rates()


def of_room(offer: Offer) -> str:
    return f"{ALL_OF_IT}{offer.room.public_id}/"


def test_who_has_earned_nothing_is_told_how(ines: User, offer: Offer) -> None:
    page = words(browser(ines).get(ALL_OF_IT))
    assert "You have earned nothing yet" in page
    assert "Start a room" in page
    assert "Getting paid" in page
    assert "Expected" not in page
    assert browser(ines).get(of_room(offer)).status_code == HTTPStatus.NOT_FOUND


def test_what_is_expected_without_a_fee(ines: User, offer: Offer) -> None:
    sold_order(offer)
    sold_order(offer, fee=None)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "Expected €19.57 not settled yet Yours, not paid out yet €0.00 Paid out €0.00" in page
    assert (
        "All tickets that you have sold Paid by buyers €24.00 Tax in it −€4.00"
        " Costs of payments Of one payment still unknown −€0.43 Platform fee €0.00 What is left €19.57"
    ) in page
    assert "This site keeps no fee of its own." in page
    assert "Le tour du monde" in page
    assert "2 payments of it €19.57 to be settled €19.57" in page
    assert "The first statement is that of the month in which something is settled." in page


def test_what_is_settled_sent_and_owed_stands_apart(ines: User, offer: Offer) -> None:
    sent(settled(sold_order(offer), fee=100))
    settled(sold_order(offer))
    earned(ines, EarningSource.TIP, 300)
    sold_order(offer)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "Expected €9.57 not settled yet Yours, not paid out yet €12.57 Paid out €8.57" in page
    assert "Tickets 2 €24.00 €4.00 €0.86 €1.00 €18.14" in page
    assert "Tips 1 €3.00 €0.00 €0.00 €0.00 €3.00" in page
    assert "Tickets, still to be settled 1 €12.00 €2.00 €0.43 €0.00 €9.57" in page
    assert "3 payments of it €9.57 to be settled €27.71" in page


def test_debt_is_said(ines: User) -> None:
    booked(ines, -250, "clawback:refund:x:net")
    earned(ines, EarningSource.TIP, 100)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "Yours, not paid out yet -€1.50 you owe this; it is kept from what you earn next" in page


def test_each_currency_has_its_page(ines: User, offer: Offer) -> None:
    sold_order(offer)
    earned(ines, EarningSource.TIP, 700, currency="jpy")
    client = browser(ines)
    euros, yen, unknown = (words(client.get(ALL_OF_IT, {"in": currency})) for currency in ("eur", "jpy", "xxx"))
    assert "Expected €9.57" in euros
    assert "Yours, not paid out yet ¥700" in yen
    assert "Room by room" not in yen
    assert "All tickets" not in yen
    assert "Expected €9.57" in unknown


@pytest.mark.parametrize(("by", "corner"), [("", "Month"), ("month", "Month"), ("week", "Week from"), ("day", "Month")])
def test_time_is_cut_as_asked(ines: User, by: str, corner: str) -> None:
    earned(ines, EarningSource.TIP, 700)
    page = words(browser(ines).get(ALL_OF_IT, {"by": by}))
    assert f"{corner} Tips" in page


def test_who_listened_stands_beside_it(ines: User, offer: Offer) -> None:
    sold_order(offer)
    rooms = [a_room(ines, minutes=60) for _ in range(2)]
    RoomMinute.objects.create(room=rooms[0], at=NOON, source="clock", people=1_234, guests=0)
    earned(ines, EarningSource.TIP, 700, room=rooms[0])
    page = words(browser(ines).get(ALL_OF_IT))
    assert "Audience, room by room" in page
    assert "Average stay, room by room" in page
    assert "Most at once 1,234" in page
    # A room that has not begun has no audience.
    assert "Most at once – Average stay –" in page


def test_long_title_stays_text(ines: User, offer: Offer) -> None:
    offer.room.title = "<b>" + "x" * 90
    offer.room.save()
    sold_order(offer)
    assert "&lt;b&gt;" + "x" * 90 in browser(ines).get(ALL_OF_IT).content.decode()


def test_fee_is_said_and_taken_off(ines: User, offer: Offer) -> None:
    begin((0, 1_000))
    sold_order(offer)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "Platform fee −€1.00 What is left €8.57" in page
    assert "This site keeps 10% of what you sell from now on" in page
    assert "so counted" not in page


def test_tiers_are_said_with_what_counts(ines: User, offer: Offer) -> None:
    begin(*SPACES.tiers("eur"))
    sold_order(offer)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "3% up to €50,000.00 20% of what lies above €50,000.00 You have earned €10.00 so counted." in page


def test_room_lists_each_order(ines: User, offer: Offer) -> None:
    begin((0, 1_000))
    orders = [sold_order(offer), buy(offer, UserFactory.create()), sold_order(offer, fee=None)]
    Order.objects.filter(pk=orders[0].pk).update(dispute_state=DisputeState.OPEN)
    ask_refund(orders[1].pk, reason=RefundReason.HOST, by=ines, amount=Money(300, "eur"))
    page = words(browser(ines).get(of_room(offer)))
    places = [page.index(order.public_id) for order in orders]
    assert places == sorted(places, reverse=True)
    unknown = "Costs of payments Of one payment still unknown €0.00"
    told = f"Paid by buyers €12.00 Tax in it −€2.00 {unknown} Platform fee −€1.00 What is left €9.00"
    back = "Paid back to buyers −€3.00 Tax in it −€1.50"
    refunded = f"Paid by buyers €12.00 {back} Costs of payments −€0.43 Platform fee −€0.75"
    rest = "Costs of payments −€0.43 Platform fee −€1.00"
    disputed = f"A bank asks for it back Paid by buyers €12.00 Tax in it −€2.00 {rest}"
    assert f"{refunded} What is left €6.32" in page
    assert f"{disputed} What is left €8.57" in page
    assert page.index(disputed) > page.index(refunded) > page.index(told) > 0
    assert "What is left A bank asks for one payment back and has not decided yet €23.89" in page


def test_others_rooms_are_not_shown(ines: User, malo: User, sam: User, offer: Offer) -> None:
    sold_order(offer)
    for person in (malo, sam):
        assert browser(person).get(of_room(offer)).status_code == HTTPStatus.NOT_FOUND
        assert "You have earned nothing yet" in words(browser(person).get(ALL_OF_IT))
    assert browser(ines).get(of_room(offer)).status_code == HTTPStatus.OK
    assert browser(ines).get(f"{ALL_OF_IT}nowhere/").status_code == HTTPStatus.NOT_FOUND


def test_visitors_log_in_first(offer: Offer) -> None:
    sold_order(offer)
    for address in (ALL_OF_IT, of_room(offer)):
        answer = browser(None).get(address)
        assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"/accounts/login/?next={address}")


def test_pages_are_only_read(ines: User, offer: Offer) -> None:
    sold_order(offer)
    for address in (ALL_OF_IT, of_room(offer)):
        assert browser(ines).post(address).status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert browser(ines).get(address)["Cache-Control"] == "private, no-store"


def test_pages_in_french(ines: User, offer: Offer) -> None:
    begin(*SPACES.tiers("eur"))
    sold_order(offer)
    client = browser(ines, "fr")
    page = words(client.get(ALL_OF_IT))
    assert "Vos revenus" in page
    assert "Commission de la plateforme −0,30 € Il reste 9,27 €" in page
    assert "Attendu 9,27 €" in page
    assert "3 % jusqu’à 50 000,00 €" in page.replace("\u202f", " ")
    assert "Commande par commande" in words(client.get(of_room(offer)))


def test_way_there_is_shown_to_who_has_sold(ines: User, malo: User, offer: Offer) -> None:
    link = f'href="{ALL_OF_IT}"'
    client = browser(ines)
    host = f"/rooms/{offer.room.public_id}/tickets/"
    profile = reverse("accounts:profile", args=["ines"])
    assert link in client.get(host).content.decode()
    assert link not in client.get(profile).content.decode()
    sold_order(offer)
    assert link in client.get(profile).content.decode()
    assert link not in browser(malo).get(profile).content.decode()
    assert link not in browser(malo).get(reverse("accounts:profile", args=["malo"])).content.decode()


def test_long_lists_have_pages(ines: User, offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earnings, "ORDERS_PAGE", 2)
    orders = [sold_order(offer) for _ in range(3)]
    client = browser(ines)
    first, second = (words(client.get(of_room(offer), {"page": page})) for page in (1, 2))
    assert [order.public_id in first for order in orders] == [False, True, True]
    assert [order.public_id in second for order in orders] == [True, False, False]
    # The sums are those of the whole room.
    assert "Paid by buyers €36.00" in second


@pytest.mark.parametrize("number", [1, 50])
def test_number_of_queries_stays(ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    begin(*SPACES.tiers("eur"))
    offers = [offer_of(a_room(ines)) for _ in range(number)]
    for offer in offers:
        sent(settled(sold_order(offer)))
        sold_order(offer)
    client = browser(ines)
    client.get(ALL_OF_IT)
    with django_assert_num_queries(QUERIES):
        assert client.get(ALL_OF_IT).status_code == HTTPStatus.OK
    with django_assert_num_queries(ROOM_QUERIES):
        assert client.get(of_room(offers[0])).status_code == HTTPStatus.OK


def test_rooms_have_pages(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earnings, "ROOMS_PAGE", 2)
    for _ in range(3):
        sold_order(planned_offer(host=ines))
    client = browser(ines)
    first, second = (words(client.get(ALL_OF_IT, {"page": page, "by": "week"})) for page in (1, 2))
    assert [page.count("Le tour du monde") for page in (first, second)] == [2, 1]
    assert "Page 1 of 2" in first
    assert 'href="?in=eur&amp;by=week&amp;page=2"' in client.get(ALL_OF_IT, {"by": "week"}).content.decode()
    # The sums are those of all rooms.
    assert "Expected €28.71" in second


@pytest.mark.parametrize(
    ("tiers", "currency", "lines"),
    [
        ([(0, 0)], ALL, ["0%"]),
        ([(0, 250)], "eur", ["2.5%"]),
        (
            [(0, 0), (100, 1_000), (5_000, 2_000)],
            "usd",
            ["0% up to $1.00", "10% of what lies between $1.00 and $50.00", "20% of what lies above $50.00"],
        ),
    ],
)
def test_rates_in_words(db: None, tiers: list[tuple[int, int]], currency: str, lines: list[Any]) -> None:
    assert rate_lines(begin(*tiers, currency=currency)) == lines


# --- the next payout ---


def test_too_little_is_said_with_the_least(ines: User) -> None:
    earned(ines, EarningSource.TIP, 49)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "€0.49 is ready. A payout is made from €50.00 on." in page
    assert "Pay it out now" not in page


def test_who_cannot_be_paid_yet_is_told(ines: User) -> None:
    earned(ines, EarningSource.TIP, 5_000)
    page = words(browser(ines).get(ALL_OF_IT))
    assert "€50.00 is ready, and goes to you once Stripe may pay you." in page
    assert "Pay it out now" not in page


def test_who_can_be_paid_sees_when_and_may_ask(ines: User) -> None:
    payee_of(ines)
    earned(ines, EarningSource.TIP, 5_000)
    client = browser(ines)
    page = words(client.get(ALL_OF_IT))
    assert "€50.00 is ready, and is sent on" in page
    assert "Pay it out now" in page
    assert client.post("/earnings/payout/").status_code == HTTPStatus.FOUND
    assert PayoutRun.objects.filter(asked_by=ines).count() == 1


def test_what_was_paid_is_listed(ines: User) -> None:
    sent(earned(ines, EarningSource.TIP, 6_000))
    page = words(browser(ines).get(ALL_OF_IT))
    assert "Nothing is ready to be paid out." in page
    assert "€60.00 · paid" in page


# --- from the sale to the statement, through the services ---


def test_page_statement_and_ledger_agree_to_the_cent(ines: User, settings: Settings) -> None:
    settings.TICKET_SETTLE_DAYS = 0
    begin((0, 1_000))
    payee_of(ines)
    order = sold(ines, amount=12_000)
    settled_net = -balance(account_names.creator(ines.public_id, "eur"))
    pay_all()
    ask_refund(order.pk, reason=RefundReason.HOST, by=ines, amount=Money(6_000, "eur"))
    send_due_refunds()
    go_on()
    sold_order(planned_offer(host=ines))
    now, person = timezone.now(), ines
    cells = income_of(person, now, grain=Grain.MONTH).within("eur")
    found, statement = position_of(person, "eur", cells), statement_of(person, "eur", month_span(now.year, now.month))
    assert sum((total.net for total in statement.earned), start=Money(0, "eur")) == settled_net
    assert found.owed == statement.closing == -balance(account_names.creator(ines.public_id, "eur"))
    assert found.owed + found.on_the_way + found.paid_out == settled_net + statement.other
    assert statement.paid_out == found.on_the_way + found.paid_out
    assert statement.other < Money(0, "eur")
    page = words(browser(ines).get(ALL_OF_IT))
    assert f"Yours, not paid out yet {found.owed.written()}" in page
    assert f"Paid out {found.paid_out.written()}" in page
