"""Changing one's e-mail addresses, through allauth's page; whoever's they are, nothing is left half done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.messages import get_messages
from django.urls import reverse

from tests.factories.people import person

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db

ELSEWHERE = "Another account has this e-mail address. Choose another."


@pytest.fixture
def malo(browser: Client) -> User:
    """Return somebody who is logged in."""
    malo = person("malo")
    EmailAddress.objects.create(user=malo, email=malo.email, primary=True, verified=False)
    browser.force_login(malo)
    return malo


def act(browser: Client, action: str, email: str) -> list[str]:
    """Do it; return what the page says."""
    answer = browser.post(reverse("account_email"), {action: "", "email": email}, headers={"accept-language": "en"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_email"))
    return [str(message) for message in get_messages(answer.wsgi_request)]


def addresses(user: User) -> dict[str, Any]:
    user.refresh_from_db()
    rows = EmailAddress.objects.filter(user=user).order_by("email")
    return {"user": user.email, "rows": list(rows.values_list("email", "primary", "verified"))}


def test_another_address_becomes_the_main_one(browser: Client, malo: User) -> None:
    act(browser, "action_add", "other@example.org")
    act(browser, "action_primary", "other@example.org")
    assert addresses(malo) == {
        "user": "other@example.org",
        "rows": [("malo@example.org", False, False), ("other@example.org", True, False)],
    }


@pytest.mark.parametrize("verified", [False, True])
def test_address_of_another_account_does_not_become_the_main_one(
    browser: Client, malo: User, yann: User, *, verified: bool
) -> None:
    act(browser, "action_add", yann.email)
    EmailAddress.objects.filter(user=malo, email=yann.email).update(verified=verified)
    before = addresses(malo)
    assert act(browser, "action_primary", yann.email)[-1] == ELSEWHERE
    assert addresses(malo) == before
    assert before["user"] == "malo@example.org"


def test_address_of_another_account_is_not_confirmed_as_the_first(browser: Client, yann: User) -> None:
    # Somebody whom the command line made has no address with allauth.
    root = person("root_1")
    browser.force_login(root)
    act(browser, "action_add", yann.email)
    address = EmailAddress.objects.get(user=root, email=yann.email)
    before = addresses(root)
    answer = browser.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]))
    assert answer.status_code == 302
    assert [str(message) for message in get_messages(answer.wsgi_request)][-1:] == [ELSEWHERE]
    assert addresses(root) == before


def test_adding_an_address_does_not_tell_whose_it_is(
    browser: Client, malo: User, yann: User, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.filter(user=malo).update(verified=True)
    said = []
    for email in (yann.email, "nobody@example.org"):
        added, refused = act(browser, "action_add", email), act(browser, "action_primary", email)
        said.append([text.replace(email, "…") for text in (added[-1], refused[-1])])
    assert said[0] == said[1]
    assert ELSEWHERE not in said[0]
    assert addresses(malo)["user"] == "malo@example.org"


def test_the_accounts_own_address_cannot_be_removed(browser: Client, malo: User, yann: User) -> None:
    before = addresses(malo)
    act(browser, "action_remove", malo.email)
    assert addresses(malo) == before
    # Made on the command line: allauth takes no address of theirs for the main one.
    browser.force_login(yann)
    act(browser, "action_add", malo.email)
    act(browser, "action_remove", yann.email)
    assert addresses(yann)["user"] == "yann@example.org"


def test_another_address_can_be_removed(browser: Client, malo: User) -> None:
    before = addresses(malo)
    act(browser, "action_add", "other@example.org")
    act(browser, "action_remove", "other@example.org")
    assert addresses(malo) == before
