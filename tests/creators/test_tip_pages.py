"""The pages of tips: who finds the way, what is asked and said, both languages, and what staff may do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.services.block import block
from creators.enums import TipState
from creators.models import Tip, TipChoice, TipRefund
from tests.factories.people import UserFactory
from tests.factories.tips import begun_tip, given_tip, pay_tip, taking
from tests.ticketing.test_host_pages import browser, words

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db

GIVE = "/@ines/tip/"
RECEIVED = "/tips/received/"


@pytest.fixture
def host(ines: User) -> User:
    return taking(ines)


def give(giver: User, address: str = GIVE, **fields: Any) -> Any:
    return browser(giver).post(address, {"choice": "500", "message": ""} | fields)


def test_profile_shows_the_way_to_who_may_give(ines: User, oliver: User) -> None:
    assert GIVE not in browser(oliver).get("/@ines/").content.decode()
    taking(ines)
    assert GIVE in browser(oliver).get("/@ines/").content.decode()
    assert GIVE in Client().get("/@ines/").content.decode()
    own = browser(ines).get("/@ines/").content.decode()
    assert (GIVE in own, RECEIVED in own) == (False, True)
    block(oliver, ines)
    assert GIVE not in browser(oliver).get("/@ines/").content.decode()


def test_room_and_replay_show_the_way(host: User, room: Room, oliver: User) -> None:
    from rooms.services.lifecycle import end_room

    for _ in range(2):
        page = browser(oliver).get(f"/rooms/{room.public_id}/").content.decode()
        assert f"{GIVE}?room={room.public_id}" in page
        assert GIVE not in browser(host).get(f"/rooms/{room.public_id}/").content.decode()
        if room.is_live:
            end_room(room.public_id, by=host)
            room.refresh_from_db()


def test_guest_logs_in_and_comes_back(host: User, room: Room) -> None:
    answer = Client().get(GIVE, {"room": room.public_id})
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.url == f"/accounts/login/?next=/%40ines/tip/%3Froom%3D{room.public_id}"  # type: ignore[attr-defined]


def test_suggested_amount_leads_to_stripe(host: User, oliver: User) -> None:
    answer = give(oliver, message="Merci")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    tip = Tip.objects.get()
    assert (tip.giver, tip.recipient, tip.amount, tip.message, tip.anonymous) == (oliver, host, 500, "Merci", False)
    assert tip.session in answer["Location"]


@pytest.mark.parametrize("choice", ["other", "500"])
def test_own_amount_counts_whatever_is_ticked(host: User, oliver: User, choice: str) -> None:
    give(oliver, choice=choice, own="7,50", anonymous="on")
    assert list(Tip.objects.values_list("amount", "anonymous")) == [(750, True)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"choice": "other", "own": "0.99"}, "A tip is between €1.00 and €500.00."),
        ({"choice": "other", "own": "500.01"}, "A tip is between €1.00 and €500.00."),
        ({"choice": "other", "own": "much"}, "Write the price as a number"),
        ({"choice": "other"}, "Write the price as a number"),
        ({"message": "x" * 201}, "A message has at most 200 characters."),
        ({"choice": "123"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(host: User, oliver: User, fields: dict[str, str], said: str) -> None:
    answer = give(oliver, **fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in words(answer)
    assert not Tip.objects.exists()


def test_who_takes_no_tips_says_so(ines: User, oliver: User) -> None:
    assert "Inès Moreau takes no tips here just now." in words(browser(oliver).get(GIVE))
    answer = give(oliver)
    assert not Tip.objects.exists()
    assert "takes no tips" in words(answer)


def test_blocked_page_is_not_there(host: User, oliver: User) -> None:
    block(host, oliver)
    assert browser(oliver).get(GIVE).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(("basis_points", "said"), [(0, "This site keeps nothing of it."), (500, "5% for this site")])
def test_page_says_what_the_site_keeps(
    settings: Settings, host: User, oliver: User, basis_points: int, said: str
) -> None:
    settings.TIP_FEE_BASIS_POINTS = basis_points
    assert said in words(browser(oliver).get(GIVE))


def test_return_page_thanks_once_it_is_paid(host: User, oliver: User) -> None:
    tip = begun_tip(oliver, host, message="Merci")
    page = f"/tips/{tip.public_id}/"
    assert "Your tip is not paid yet" in words(browser(oliver).get(page))
    assert "We are confirming your payment." in words(browser(oliver).get(page, {"paid": "1"}))
    assert browser(oliver).get(page, {"paid": "1", "poll": "1"}).status_code == HTTPStatus.NO_CONTENT
    assert "not confirmed yet" in words(browser(oliver).get(page, {"paid": "1", "since": "1"}))
    pay_tip(tip)
    answer = browser(oliver).get(page, {"paid": "1"})
    assert (answer.status_code, answer.url) == (HTTPStatus.FOUND, page)  # type: ignore[attr-defined]
    said = words(browser(oliver).get(page))
    assert "Thank you" in said
    assert "Merci" in said


def test_tip_is_nobody_elses(host: User, oliver: User, malo: User) -> None:
    tip = given_tip(oliver, host)
    for name in ("tip", "tip-pay", "tip-unsay"):
        address = reverse(f"creators:{name}", args=[tip.public_id])
        method = browser(malo).get if name == "tip" else browser(malo).post
        assert method(address).status_code == HTTPStatus.NOT_FOUND
    thanks = reverse("creators:tip-thank", args=[tip.public_id])
    assert browser(oliver).post(thanks).status_code == HTTPStatus.NOT_FOUND


def test_lists_and_thanks(host: User, oliver: User) -> None:
    tip = given_tip(oliver, host, message="Merci")
    unnamed = given_tip(oliver, host, 700, anonymous=True)
    given = words(browser(oliver).get("/tips/"))
    assert "€5.00" in given
    assert "for Inès Moreau" in given
    page = browser(host).get(RECEIVED)
    assert words(page).count("Oliver Hart") == 1
    assert "from somebody" in words(page)
    browser(host).post(reverse("creators:tip-thank", args=[unnamed.public_id]))
    assert [row.thanked_at is not None for row in Tip.objects.order_by("pk")] == [False, True]
    assert "You were thanked." in words(browser(oliver).get("/tips/"))
    assert "Inès Moreau thanks you." in words(browser(oliver).get(f"/tips/{unnamed.public_id}/"))
    browser(oliver).post(reverse("creators:tip-unsay", args=[tip.public_id]))
    assert "Merci" not in words(browser(host).get(RECEIVED))


def test_switching_tips_off_and_on(ines: User) -> None:
    browser(ines).post(f"{RECEIVED}choice/", {"wanted": "yes"})
    assert TipChoice.objects.get().wanted
    browser(ines).post(f"{RECEIVED}choice/", {"wanted": "no"})
    assert not TipChoice.objects.get().wanted


def staff(*permissions: str) -> User:
    person: User = UserFactory.create(is_staff=True)
    person.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    return person


def act(person: User, action: str, tip: Tip) -> None:
    address = reverse("admin:creators_tip_changelist")
    browser(person).post(address, {"action": action, "_selected_action": [tip.pk]}, follow=True)


def test_staff_give_back_and_take_words_away(host: User, oliver: User) -> None:
    tip = given_tip(oliver, host, message="Navet")
    looks = staff("view_tip")
    assert oliver.shown_name in browser(looks).get(reverse("admin:creators_tip_changelist")).content.decode()
    for action in ("give_back", "take_words_away"):
        act(looks, action, tip)
    assert not TipRefund.objects.exists()
    may = staff("view_tip", "change_tip", "add_tiprefund")
    act(may, "take_words_away", tip)
    act(may, "give_back", tip)
    act(may, "give_back", tip)
    tip.refresh_from_db()
    assert (tip.words, tip.refunded, TipRefund.objects.get().asked_by) == ("", 500, may)
    detail = browser(may).get(reverse("admin:creators_tip_change", args=[tip.pk]))
    assert detail.status_code == HTTPStatus.OK


def test_letters_say_what_they_should(host: User, oliver: User) -> None:
    from accounts.models import Notification
    from accounts.notices.kinds import kind_named, words_of
    from creators.services.telling_tips import tell_recipients

    given_tip(oliver, host)
    given_tip(UserFactory.create(), host, 700, anonymous=True)
    Tip.objects.update(paid_at=Tip.objects.earliest("paid_at").created_at.replace(year=2020))
    tell_recipients()
    receipt = Notification.objects.get(user=oliver, kind="tip_receipt")
    assert words_of(receipt).title == "Your tip of €5.00 for Inès Moreau"
    assert ("Paid", "€5.00") in list(kind_named("tip_receipt").facts(receipt))
    heard = Notification.objects.get(user=host, kind="tips")
    told = words_of(heard)
    assert (told.title, told.text) == ("You were given 2 tips: €12.00", "From Oliver Hart, 1 other tip.")
    assert Tip.objects.filter(state=TipState.EARNED).count() == 2
