"""Invitations: making, taking back and using codes, and the door of sign-up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.errors import InvitationUsedError, NoInvitationsLeftError, SignupClosedError
from accounts.models import Door, Invitation, InvitationGrant, SignupChange, SignupRules, User
from accounts.policies.eligibility import facts_of
from accounts.policies.rules import Platform
from accounts.selectors.invitations import invitations_left, invitations_of
from accounts.services.invitations import (
    change_signup,
    grant_invitations,
    make_invitation,
    redeem_invitation,
    revoke_invitation,
)
from accounts.services.signup import register
from config.lib.errors import NotFoundError
from config.lib.public_id import new_public_id
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

SENT = {"email": "soizic@example.org", "username": "Soizic", "display_name": "", "password1": "correct horse battery"}
RULES: dict[str, Any] = {"door": "open", "codes_at_joining": 3, "refill_codes": 1, "refill_days": 30}


def set_door(door: Door, **more: Any) -> None:
    change_signup(RULES | {"door": door.value} | more, by=None)


def days_old(person: User, days: int) -> User:
    User.objects.filter(pk=person.pk).update(date_joined=timezone.now() - timedelta(days=days, minutes=1))
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize(("days", "left"), [(0, 3), (29, 3), (30, 4), (59, 4), (60, 5)])
def test_member_has_codes_at_joining_and_more_with_time(oliver: User, days: int, left: int) -> None:
    assert invitations_left(days_old(oliver, days)) == left


def test_codes_end_and_staff_give_more(oliver: User, sam: User) -> None:
    for _ in range(3):
        make_invitation(oliver)
    with pytest.raises(NoInvitationsLeftError):
        make_invitation(oliver)
    grant_invitations(oliver, number=1, by=sam)
    make_invitation(oliver)
    with pytest.raises(NoInvitationsLeftError):
        make_invitation(oliver)
    assert Invitation.objects.filter(inviter=oliver).count() == 4


def test_code_taken_back_is_there_again_and_leads_nowhere(oliver: User, yara: User) -> None:
    set_door(Door.OPEN, codes_at_joining=1)
    code = make_invitation(oliver).code
    revoke_invitation(code, by=oliver)
    revoke_invitation(code, by=oliver)
    assert (invitations_left(oliver), list(invitations_of(oliver))) == (1, [])
    with pytest.raises(InvitationUsedError):
        redeem_invitation(code, by=yara)


def test_only_the_inviter_takes_a_code_back(oliver: User, yara: User) -> None:
    code = make_invitation(oliver).code
    for unknown in (code, new_public_id(), "\0"):
        with pytest.raises(NotFoundError):
            revoke_invitation(unknown, by=yara)
    assert Invitation.objects.get().is_open


def test_used_code_is_used_once_and_not_taken_back(oliver: User) -> None:
    code = make_invitation(oliver).code
    first, second = UserFactory.create_batch(2)
    redeem_invitation(code, by=first)
    with pytest.raises(InvitationUsedError):
        redeem_invitation(code, by=second)
    with pytest.raises(InvitationUsedError):
        revoke_invitation(code, by=oliver)
    assert Invitation.objects.get().redeemed_by == first
    assert (facts_of(first, Platform.WEB).invited, facts_of(second, Platform.WEB).invited) == (True, False)


def test_code_of_a_closed_account_stays_used(oliver: User, yara: User) -> None:
    code = make_invitation(oliver).code
    redeem_invitation(code, by=yara)
    yara.delete()
    assert not Invitation.objects.get().is_open


def test_database_holds_the_limits(oliver: User) -> None:
    now = timezone.now()
    wrong: list[Any] = [
        Invitation(redeemed_by=oliver),
        Invitation(redeemed_at=now, revoked_at=now),
        Invitation(inviter=oliver, redeemed_by=oliver, redeemed_at=now),
        InvitationGrant(person=oliver, number=0),
        InvitationGrant(person=oliver, number=1001),
        SignupRules(pk=2),
        SignupRules(pk=1, door="ajar"),
        SignupRules(pk=1, refill_days=0),
    ]
    for row in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def sign_up(browser: Client) -> Any:
    return browser.post(reverse("account_signup"), SENT)


def test_link_lets_one_person_in(make_browser: Callable[[], Client], oliver: User) -> None:
    set_door(Door.INVITATION)
    code = make_invitation(oliver).code
    browser = make_browser()
    assert "By invitation" in browser.get(reverse("account_signup")).content.decode()
    page = browser.get(f"/join/{code}/")
    assert (page.status_code, "You are invited" in page.content.decode()) == (200, True)
    # Who invited is nobody's business.
    assert "Oliver" not in page.content.decode()
    assert 'name="username"' in browser.get(reverse("account_signup")).content.decode()
    assert sign_up(browser).status_code == 302
    invitation = Invitation.objects.get()
    assert (invitation.redeemed_by, invitation.inviter) == (User.objects.get(handle="Soizic"), oliver)
    other = make_browser()
    assert other.get(f"/join/{code}/").status_code == 404
    sign_up(other)
    assert User.objects.count() == 2


def test_form_with_mistakes_keeps_the_code(browser: Client, oliver: User) -> None:
    set_door(Door.INVITATION)
    browser.get(f"/join/{make_invitation(oliver).code}/")
    assert browser.post(reverse("account_signup"), SENT | {"username": "ab"}).status_code == 200
    assert sign_up(browser).status_code == 302
    assert Invitation.objects.get().redeemed_at is not None


def test_code_used_meanwhile_makes_no_account(browser: Client, oliver: User, yara: User) -> None:
    set_door(Door.INVITATION)
    invitation = make_invitation(oliver)
    redeem_invitation(invitation.code, by=yara)
    with pytest.raises(InvitationUsedError):
        register(User(handle="late", email="late@example.org"), display_name="", code=invitation.code)
    assert not User.objects.filter(handle="late").exists()


@pytest.mark.parametrize("door", [Door.INVITATION, Door.CLOSED])
def test_door_that_closed_meanwhile_makes_no_account(door: Door) -> None:
    set_door(door)
    with pytest.raises((InvitationUsedError, SignupClosedError)):
        register(User(handle="late", email="late@example.org"), display_name="")
    assert User.objects.count() == 0


def test_closed_door_is_closed_to_invitations_too(browser: Client, oliver: User) -> None:
    set_door(Door.CLOSED)
    page = browser.get(f"/join/{make_invitation(oliver).code}/").content.decode()
    assert "Sign-up is closed just now. Your invitation stays good." in page
    assert "Sign-up is closed" in browser.get(reverse("account_signup")).content.decode()
    sign_up(browser)
    assert User.objects.count() == 1


def test_open_door_takes_a_code_but_needs_none(make_browser: Callable[[], Client], oliver: User, yara: User) -> None:
    invitation = make_invitation(oliver)
    browser = make_browser()
    browser.get(f"/join/{invitation.code}/")
    redeem_invitation(invitation.code, by=yara)
    assert sign_up(browser).status_code == 302
    assert User.objects.filter(handle="Soizic").exists()


@pytest.mark.parametrize("code", ["nowhere", "1" * 14, "🎧"])
def test_unknown_used_and_revoked_codes_look_the_same(
    make_browser: Callable[[], Client], oliver: User, code: str
) -> None:
    revoked = make_invitation(oliver)
    revoke_invitation(revoked.code, by=oliver)

    def seen(address: str) -> tuple[int, str]:
        answer = make_browser().get(address)
        return answer.status_code, answer.content.decode().split("<main")[1].split("csrf")[0]

    assert seen(f"/join/{code}/") == seen(f"/join/{revoked.code}/")
    assert seen(f"/join/{code}/")[0] == 404


def test_own_page_lists_makes_and_takes_back(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    address = reverse("accounts:invitations")
    assert "No invitation yet" in client.get(address).content.decode()
    client.post(reverse("accounts:new-invitation"))
    code = Invitation.objects.get().code
    page = client.get(address).content.decode()
    assert f"http://testserver/join/{code}/" in page
    assert "You can make 2 more." in page
    client.post(reverse("accounts:revoke-invitation", args=[code]))
    assert "No invitation yet" in client.get(address).content.decode()


def test_own_page_does_not_say_who_came(client: Client, oliver: User, yara: User) -> None:
    client.force_login(oliver)
    redeem_invitation(make_invitation(oliver).code, by=yara)
    page = client.get(reverse("accounts:invitations")).content.decode()
    assert "Used on" in page
    assert "yara" not in page.lower()


def test_picture_is_an_image_of_ones_own_code(client: Client, oliver: User, yara: User) -> None:
    address = reverse("accounts:invitation-picture", args=[make_invitation(oliver).code])
    client.force_login(oliver)
    picture = client.get(address)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    assert b"<svg" in picture.content
    assert b"style=" not in picture.content
    client.force_login(yara)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_own_page_costs_the_same_for_any_number(
    client: Client, oliver: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    client.force_login(oliver)
    for _ in range(number):
        make_invitation(oliver)
    client.get(reverse("accounts:invitations"))
    with django_assert_num_queries(9):
        client.get(reverse("accounts:invitations"))


def test_guest_has_no_invitations(client: Client) -> None:
    answer = client.get(reverse("accounts:invitations"))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/settings/invitations/")


def test_staff_change_the_door_and_it_is_written_down(client: Client, sam: User) -> None:
    client.force_login(sam)
    sent = RULES | {"door": "invitation", "codes_at_joining": 5}
    assert client.post("/staff/accounts/signuprules/add/", sent).status_code == 302
    assert client.post("/staff/accounts/signuprules/1/change/", sent | {"door": "closed"}).status_code == 302
    assert client.get("/staff/accounts/signuprules/add/").status_code == 403
    changes = SignupChange.objects.order_by("pk").values_list("by", "before", "after")
    assert list(changes) == [(sam.pk, RULES, sent), (sam.pk, sent, sent | {"door": "closed"})]


@pytest.mark.parametrize(
    ("codes", "days", "fits"), [(0, 1, True), (1000, 3650, True), (1001, 1, False), (1, 0, False), (1, 3651, False)]
)
def test_numbers_of_codes_have_limits(client: Client, sam: User, codes: int, days: int, fits: bool) -> None:
    client.force_login(sam)
    sent = RULES | {"codes_at_joining": codes, "refill_days": days}
    assert (client.post("/staff/accounts/signuprules/add/", sent).status_code == 302) is fits


def test_staff_see_who_invited_whom(client: Client, sam: User, oliver: User, yara: User) -> None:
    redeem_invitation(make_invitation(oliver).code, by=yara)
    client.force_login(sam)
    page = client.get("/staff/accounts/invitation/").content.decode()
    assert "Oliver Hart" in page
    assert "Yara Nasser" in page
    assert client.get("/staff/accounts/invitation/add/").status_code == 403
    answer = client.post("/staff/accounts/invitationgrant/add/", {"person": oliver.pk, "number": 2})
    assert (answer.status_code, InvitationGrant.objects.get().by) == (302, sam)
