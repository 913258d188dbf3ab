"""What a host may sell: who, within which limits, what stays as it is once somebody has a seat, and the room's door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.errors import NotEligibleError
from accounts.policies.rules import Purpose, Verdict
from accounts.services.policies import make_exception
from config.lib.errors import ForbiddenError, InvalidError, LoginRequiredError, NotFoundError
from config.lib.money import Money
from rooms.enums import EntryRule, StageRole
from rooms.errors import RoomEndedError
from rooms.models import Room, StageMember
from rooms.services.changing import change_settings
from rooms.services.entry import set_entry
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room
from tests.factories.selling import offer_of
from tests.factories.selling_host import guest_ticket, held_order, sold_order
from tests.rooms.planned import planned
from ticketing.enums import OrderState, ReleaseReason, WaitingState
from ticketing.models import Offer, Order, WaitingPlace
from ticketing.offer_errors import (
    EntryByTicketError,
    OfferChangedError,
    OfferExistsError,
    RefundingAllError,
    SalesStoppedError,
)
from ticketing.services.offer_terms import OfferTerms
from ticketing.services.offers import change_offer, close_sales, make_offer, reopen_sales
from ticketing.services.seats import hold_seat, join_line, release

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def terms(amount: int = 1200, seats: int = 5, currency: str = "eur", **window: Any) -> OfferTerms:
    return OfferTerms(Money(amount, currency), seats, **window)


def errors_of(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(InvalidError) as caught:
        act()
    return {name: str(words).replace("\xa0", " ") for name, words in caught.value.errors.items()}


@pytest.fixture
def coming(ines: User) -> Room:
    """Return a room that Inès has planned for tomorrow."""
    return planned(ines)


def again(offer: Offer) -> Offer:
    offer.refresh_from_db()
    return offer


def test_offer_is_sold_from_now_until_the_room_begins(coming: Room, ines: User) -> None:
    before = timezone.now()
    offer = make_offer(coming.public_id, by=ines, terms=terms())
    assert (offer.price, offer.capacity, offer.taken, offer.closed_at) == (Money(1200, "eur"), 5, 0, None)
    assert before <= offer.sales_begin_at <= timezone.now()
    assert offer.sales_end_at == coming.starts_at
    coming.refresh_from_db()
    assert (coming.entry_rule, coming.guests_listen) == (EntryRule.TICKET, False)


def test_live_room_is_sold_for_a_day(room: Room, ines: User, settings: Settings) -> None:
    settings.TICKET_LIVE_HOURS = 3
    offer = make_offer(room.public_id, by=ines, terms=terms())
    assert timedelta(hours=2, minutes=58) < offer.sales_end_at - timezone.now() <= timedelta(hours=3)


def test_offer_is_made_once(coming: Room, ines: User) -> None:
    make_offer(coming.public_id, by=ines, terms=terms())
    with pytest.raises(OfferExistsError):
        make_offer(coming.public_id, by=ines, terms=terms())


def test_prices_from_one_to_999(coming: Room, ines: User) -> None:
    words = {"price": "Choose a price from €1.00 to €999.00."}
    for amount in (99, 99_901):
        assert errors_of(lambda amount=amount: make_offer(coming.public_id, by=ines, terms=terms(amount))) == words  # type: ignore[misc]
    offer = make_offer(coming.public_id, by=ines, terms=terms(100))
    for number, amount in enumerate((99_900, 100)):
        assert change_offer(coming.public_id, by=ines, revision=number, terms=terms(amount)).amount == amount
    words_later = errors_of(lambda: change_offer(coming.public_id, by=ines, revision=2, terms=terms(99_901)))
    assert (words_later, again(offer).amount) == (words, 100)


def test_currencies_are_a_setting(coming: Room, ines: User, settings: Settings) -> None:
    settings.TICKET_CURRENCIES = ["eur", "jpy", "isk"]
    wrong = errors_of(lambda: make_offer(coming.public_id, by=ines, terms=terms(currency="usd")))
    assert wrong == {"price": "Tickets are not sold in this currency here."}
    wrong = errors_of(lambda: make_offer(coming.public_id, by=ines, terms=terms(1250, currency="isk")))
    assert wrong == {"price": "In this currency a price has no fraction. Write a rounder one."}
    assert make_offer(coming.public_id, by=ines, terms=terms(1250, currency="jpy")).currency == "jpy"


def test_seats_from_one_to_the_limit(coming: Room, ines: User, settings: Settings) -> None:
    settings.TICKET_MAX_SEATS = 20
    for seats, words in ((0, "Offer at least one seat."), (21, "Offer at most 20 seats.")):
        found = errors_of(lambda seats=seats: make_offer(coming.public_id, by=ines, terms=terms(seats=seats)))  # type: ignore[misc]
        assert found == {"seats": words}
    make_offer(coming.public_id, by=ines, terms=terms(seats=1))
    assert change_offer(coming.public_id, by=ines, revision=0, terms=terms(seats=20)).capacity == 20


def test_all_that_is_wrong_is_said_at_once(coming: Room, ines: User) -> None:
    now = timezone.now()
    wrong = terms(1, 0, begins_at=now + timedelta(hours=2), ends_at=now + timedelta(hours=2))
    assert set(errors_of(lambda: make_offer(coming.public_id, by=ines, terms=wrong))) == {
        "price",
        "seats",
        "sales_end_at",
    }


def test_sale_ends_at_latest_when_the_room_begins(coming: Room, ines: User) -> None:
    assert coming.starts_at is not None
    second = timedelta(seconds=1)
    late = terms(ends_at=coming.starts_at + second)
    assert list(errors_of(lambda: make_offer(coming.public_id, by=ines, terms=late))) == ["sales_end_at"]
    make_offer(coming.public_id, by=ines, terms=terms(ends_at=coming.starts_at))
    offer = change_offer(coming.public_id, by=ines, revision=0, terms=terms(ends_at=coming.starts_at - second))
    assert offer.sales_end_at == coming.starts_at - second


def test_sale_begins_before_it_ends_and_ends_in_time_to_come(coming: Room, ines: User) -> None:
    now = timezone.now()
    hour = timedelta(hours=1)
    same = terms(begins_at=now + hour, ends_at=now + hour)
    found = errors_of(lambda: make_offer(coming.public_id, by=ines, terms=same))
    assert found == {"sales_end_at": "The sale has to begin before it ends."}
    past = terms(begins_at=now - 2 * hour, ends_at=now - hour)
    found = errors_of(lambda: make_offer(coming.public_id, by=ines, terms=past))
    assert found == {"sales_end_at": "Choose a time that is still to come."}
    just = terms(begins_at=now + hour, ends_at=now + hour + timedelta(seconds=1))
    assert make_offer(coming.public_id, by=ines, terms=just).sales_begin_at == now + hour


def test_sale_begins_at_earliest_when_the_room_was_made(coming: Room, ines: User) -> None:
    made = coming.created_at.replace(second=0, microsecond=0)
    for begins_at, found in (
        (datetime(1, 1, 1, 5, tzinfo=UTC), made),
        (made - timedelta(minutes=1), made),
        (made, made),
        (made + timedelta(minutes=1), made + timedelta(minutes=1)),
    ):
        Offer.objects.all().delete()
        assert make_offer(coming.public_id, by=ines, terms=terms(begins_at=begins_at)).sales_begin_at == found


def test_of_two_editors_the_second_looks_again(coming: Room, ines: User) -> None:
    make_offer(coming.public_id, by=ines, terms=terms())
    change_offer(coming.public_id, by=ines, revision=0, terms=terms(seats=7))
    with pytest.raises(OfferChangedError):
        change_offer(coming.public_id, by=ines, revision=0, terms=terms(seats=9))
    offer = Offer.objects.get()
    assert (offer.capacity, offer.revision) == (7, 1)


@pytest.mark.parametrize("state", [OrderState.HELD, OrderState.PAID])
def test_price_stays_once_somebody_has_a_seat(coming: Room, ines: User, state: str) -> None:
    offer = make_offer(coming.public_id, by=ines, terms=terms())
    order = held_order(offer) if state == OrderState.HELD else sold_order(offer)
    found = errors_of(lambda: change_offer(coming.public_id, by=ines, revision=0, terms=terms(1300)))
    assert found == {"price": "Somebody holds or has a seat for €12.00, so the price stays."}
    assert change_offer(coming.public_id, by=ines, revision=0, terms=terms(1200, 6)).capacity == 6
    if state == OrderState.HELD:
        release(order.pk, ReleaseReason.GIVEN_UP)
        assert change_offer(coming.public_id, by=ines, revision=1, terms=terms(1300)).amount == 1300


def test_currency_stays_once_somebody_began_to_pay(coming: Room, ines: User, settings: Settings) -> None:
    settings.TICKET_CURRENCIES = ["eur", "chf"]
    offer = make_offer(coming.public_id, by=ines, terms=terms())
    assert change_offer(coming.public_id, by=ines, revision=0, terms=terms(currency="chf")).currency == "chf"
    release(held_order(again(offer)).pk, ReleaseReason.EXPIRED)
    found = errors_of(lambda: change_offer(coming.public_id, by=ines, revision=1, terms=terms(currency="eur")))
    assert found == {"price": "Somebody has begun to pay in this currency, so it stays."}


def test_seats_go_down_to_what_is_taken(coming: Room, ines: User) -> None:
    offer = make_offer(coming.public_id, by=ines, terms=terms(seats=5))
    held_order(offer), sold_order(offer), guest_ticket(offer)
    found = errors_of(lambda: change_offer(coming.public_id, by=ines, revision=0, terms=terms(seats=2)))
    assert found == {"seats": "3 seats are held, sold or a guest’s: there cannot be fewer."}
    assert change_offer(coming.public_id, by=ines, revision=0, terms=terms(seats=3)).capacity == 3
    assert change_offer(coming.public_id, by=ines, revision=1, terms=terms(seats=4)).capacity == 4


def test_more_seats_go_to_whoever_waits_first(coming: Room, ines: User, oliver: User, yara: User, malo: User) -> None:
    offer = make_offer(coming.public_id, by=ines, terms=terms(seats=1))
    held_order(offer)
    for person in (oliver, yara, malo):
        join_line(offer.pk, person)
    change_offer(coming.public_id, by=ines, revision=0, terms=terms(seats=3))
    assert (again(offer).taken, again(offer).capacity) == (3, 3)
    states = list(WaitingPlace.objects.order_by("pk").values_list("user__handle", "state"))
    assert states == [
        ("oliver", WaitingState.OFFERED),
        ("yara", WaitingState.OFFERED),
        ("malo", WaitingState.WAITING),
    ]
    change_offer(coming.public_id, by=ines, revision=1, terms=terms(seats=9))
    assert (again(offer).taken, Order.objects.filter(takes_seat=True).count()) == (4, 4)


def test_sale_is_stopped_and_goes_on(coming: Room, ines: User, oliver: User, yara: User) -> None:
    offer = make_offer(coming.public_id, by=ines, terms=terms(seats=1))
    order = hold_seat(offer.pk, oliver)
    join_line(offer.pk, yara)
    assert (close_sales(coming.public_id, by=ines), close_sales(coming.public_id, by=ines)) == (True, False)
    release(order.pk, ReleaseReason.GIVEN_UP)
    assert (again(offer).taken, WaitingPlace.objects.get().state) == (0, WaitingState.WAITING)
    reopen_sales(coming.public_id, by=ines)
    assert (again(offer).closed_at, offer.taken, offer.revision) == (None, 1, 2)
    assert WaitingPlace.objects.get().state == WaitingState.OFFERED
    reopen_sales(coming.public_id, by=ines)
    assert again(offer).revision == 2


def test_what_staff_stopped_the_host_cannot_sell_again(coming: Room, ines: User, sam: User) -> None:
    offer = make_offer(coming.public_id, by=ines, terms=terms())
    close_sales(coming.public_id, by=ines)
    assert close_sales(coming.public_id, by=sam, staff=True) is True
    assert close_sales(coming.public_id, by=sam, staff=True) is False
    with pytest.raises(SalesStoppedError):
        reopen_sales(coming.public_id, by=ines)
    reopen_sales(coming.public_id, by=sam, staff=True)
    assert (again(offer).closed_at, offer.stopped_by_staff) == (None, False)


def test_room_that_refunds_everybody_is_not_sold_again(coming: Room, ines: User) -> None:
    offer = make_offer(coming.public_id, by=ines, terms=terms())
    close_sales(coming.public_id, by=ines)
    Offer.objects.filter(pk=offer.pk).update(refund_all="cancelled")
    with pytest.raises(RefundingAllError):
        reopen_sales(coming.public_id, by=ines)


def test_over_means_nothing_is_sold(coming: Room, room: Room, ines: User) -> None:
    offer_of(coming)
    cancel_room(coming.public_id, by=ines)
    end_room(room.public_id, by=ines)
    for act in (
        lambda: make_offer(room.public_id, by=ines, terms=terms()),
        lambda: change_offer(coming.public_id, by=ines, revision=0, terms=terms()),
        lambda: reopen_sales(coming.public_id, by=ines),
    ):
        with pytest.raises(RoomEndedError):
            act()


def test_without_an_offer_there_is_nothing_to_change(coming: Room, ines: User) -> None:
    for act in (
        lambda: change_offer(coming.public_id, by=ines, revision=0, terms=terms()),
        lambda: close_sales(coming.public_id, by=ines),
        lambda: reopen_sales(coming.public_id, by=ines),
    ):
        with pytest.raises(NotFoundError):
            act()


ACTS: dict[str, Callable[[Room, Any], object]] = {
    "make": lambda room, by: make_offer(room.public_id, by=by, terms=terms()),
    "change": lambda room, by: change_offer(room.public_id, by=by, revision=0, terms=terms(seats=9)),
    "close": lambda room, by: close_sales(room.public_id, by=by),
    "reopen": lambda room, by: reopen_sales(room.public_id, by=by),
}
ROLES = ["co-host", "speaker", "buyer", "stranger", "staff", "guest"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ACTS)
def test_only_the_host_sells(  # noqa: PLR0917 - the cast
    coming: Room, ines: User, malo: User, oliver: User, sam: User, act: str, role: str
) -> None:
    if act != "make":
        offer = make_offer(coming.public_id, by=ines, terms=terms())
        if role == "buyer":
            sold_order(offer, oliver)
        if act == "reopen":
            close_sales(coming.public_id, by=ines)
    if role in {"co-host", "speaker"}:
        StageMember.objects.create(
            room=coming, user=malo, role=StageRole.COHOST if role == "co-host" else StageRole.SPEAKER
        )
    person = {"co-host": malo, "speaker": malo, "buyer": oliver, "stranger": oliver, "staff": sam, "guest": None}[role]
    before = list(Offer.objects.values())
    with pytest.raises(LoginRequiredError if role == "guest" else ForbiddenError):
        ACTS[act](coming, person)
    assert list(Offer.objects.values()) == before


@pytest.mark.parametrize("act", ["make", "reopen"])
def test_who_may_sell_is_a_policy(coming: Room, ines: User, sam: User, act: str) -> None:
    if act == "reopen":
        make_offer(coming.public_id, by=ines, terms=terms())
        close_sales(coming.public_id, by=ines)
    make_exception(Purpose.SELL, person=ines, verdict=Verdict.DENY, reason="Sold what was not theirs.", by=sam)
    with pytest.raises(NotEligibleError):
        ACTS[act](coming, ines)
    # What is sold already can still be mended.
    if act == "reopen":
        assert change_offer(coming.public_id, by=ines, revision=1, terms=terms(seats=3)).capacity == 3


def test_door_stays_with_tickets_while_a_seat_is_taken(room: Room, ines: User) -> None:
    offer = make_offer(room.public_id, by=ines, terms=terms())
    order = held_order(offer)
    acts: list[Callable[[], object]] = [
        lambda: set_entry(room.public_id, by=ines, rule=EntryRule.EVERYONE, guests_listen=True),
        lambda: change_settings(room.public_id, by=ines, changes={"entry_rule": EntryRule.FOLLOWERS}),
    ]
    for act in acts:
        with pytest.raises(EntryByTicketError):
            act()
    assert Room.objects.get(pk=room.pk).entry_rule == EntryRule.TICKET
    set_entry(room.public_id, by=ines, rule=EntryRule.TICKET, guests_listen=False)
    release(order.pk, ReleaseReason.EXPIRED)
    set_entry(room.public_id, by=ines, rule=EntryRule.FOLLOWERS, guests_listen=False)
    # Nobody is to pay for a room that they could enter anyway.
    assert again(offer).closed_at is not None
    reopen_sales(room.public_id, by=ines)
    assert Room.objects.get(pk=room.pk).entry_rule == EntryRule.TICKET


def test_room_without_an_offer_changes_its_door_freely(room: Room, ines: User) -> None:
    set_entry(room.public_id, by=ines, rule=EntryRule.TICKET, guests_listen=False)
    set_entry(room.public_id, by=ines, rule=EntryRule.EVERYONE, guests_listen=True)
    assert Room.objects.get(pk=room.pk).guests_listen is True
