"""Staff's view of payees: read, searched, asked about again; nobody writes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from creators.models import Payee
from creators.services.payees import begin
from tests.creators.test_payees import away
from tests.ticketing.test_host_pages import words
from ticketing.devstripe import controls

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LIST = "/staff/creators/payee/"


@pytest.fixture
def staff() -> Callable[..., Client]:
    """Return browsers of staff with the named permissions; without any name, of a superuser."""

    def make(*codenames: str) -> Client:
        person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True, is_superuser=not codenames)
        person.user_permissions.set(
            Permission.objects.filter(codename__in=codenames, content_type__app_label="creators")
        )
        client = Client(headers={"accept-language": "en"})
        client.force_login(person)
        return client

    return make


@pytest.fixture
def payee(ines: User) -> Payee:
    return begin(ines, country="FR")


def of(payee: Payee, what: str) -> str:
    return f"{LIST}{payee.pk}/{what}/"


def test_staff_read_how_somebody_stands(payee: Payee, staff: Callable[..., Client]) -> None:
    client = staff("view_payee")
    page = words(client.get(of(payee, "change")))
    for line in (payee.account, "not finished", "FR", "Your name, Your date of birth", "identity.individual.surname"):
        assert line in page
    assert "Ask Stripe again" not in page
    assert client.get(of(payee, "change")).context["adminform"].form.fields == {}


@pytest.mark.parametrize("word", ["ines", "ines@example.org", "the key", "the account", "acct_before"])
def test_staff_search(payee: Payee, malo: User, staff: Callable[..., Client], word: str) -> None:
    begin(malo, country="DE")
    Payee.objects.filter(pk=payee.pk).update(former_accounts=["acct_before"])
    sought = {"the key": payee.person_key, "the account": payee.account}.get(word, word)
    found = staff().get(LIST, {"q": sought}).context["cl"].queryset
    assert list(found) == [payee]


def test_nobody_writes(payee: Payee, staff: Callable[..., Client]) -> None:
    client, before = staff(), Payee.objects.values().get()
    for address in (f"{LIST}add/", of(payee, "change"), of(payee, "delete")):
        assert client.post(address, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    assert Payee.objects.values().get() == before


def test_staff_ask_stripe_again(payee: Payee, staff: Callable[..., Client]) -> None:
    controls.stand(payee.account, "active")
    client = staff("view_payee", "change_payee")
    assert "Ask Stripe again" in client.get(of(payee, "change")).content.decode()
    answer = client.post(of(payee, "look"), follow=True)
    assert ("Asked Stripe again." in words(answer), "can be paid" in words(answer)) == (True, True)
    payee.refresh_from_db()
    assert payee.may_be_paid
    assert LogEntry.objects.get().change_message == "Asked Stripe again."


def test_asking_is_refused_without_the_permission(payee: Payee, staff: Callable[..., Client]) -> None:
    controls.stand(payee.account, "active")
    client = staff("view_payee")
    assert client.post(of(payee, "look")).status_code == HTTPStatus.FORBIDDEN
    payee.refresh_from_db()
    assert (payee.may_be_paid, LogEntry.objects.count()) == (False, 0)


def test_asking_is_no_link(payee: Payee, staff: Callable[..., Client]) -> None:
    client = staff()
    assert client.get(of(payee, "look")).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post(f"{LIST}999999/look/").status_code == HTTPStatus.NOT_FOUND


def test_stripe_away_is_said(payee: Payee, staff: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch, "retrieve_account")
    answer = staff().post(of(payee, "look"), follow=True)
    assert "The payment service does not answer just now." in words(answer)
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize("who", ["ines", "malo"])
def test_people_have_no_way_in(request: pytest.FixtureRequest, payee: Payee, who: str) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(who))
    led = [client.get(LIST)["Location"], client.post(of(payee, "look"))["Location"]]
    assert [address.startswith("/staff/login/") for address in led] == [True, True]
