"""Staff's pages about fees: what one costs is seen before it is saved, and saved it stays."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from creators.fees import ALL, Tier
from creators.models import FeeSchedule
from creators.services.fees import begin_schedule
from tests.factories.payments import planned_offer
from tests.factories.selling_host import sold_order
from tests.ticketing.test_host_pages import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

LIST = "/staff/creators/feeschedule/"
ADD = f"{LIST}add/"
SPACES = {"name": "Spaces", "currency": "eur", "rate_0": "3", "border_1": "50000.00", "rate_1": "20"}
FIVE = {"name": "Five", "currency": "eur", "rate_0": "5"}


@pytest.fixture
def staff() -> Callable[..., Client]:
    """Return browsers of staff with the named permissions."""

    def make(*codenames: str, language: str = "en") -> Client:
        person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True, language=language)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client(headers={"accept-language": language})
        client.force_login(person)
        return client

    return make


@pytest.fixture
def client_of_staff(staff: Callable[..., Client]) -> Client:
    return staff("add_feeschedule", "view_feeschedule")


def seal_in(answer: Any) -> str:
    found = re.search(r'name="sure" value="([0-9a-f]{40})"', answer.content.decode())
    return found[1] if found else ""


def hidden_in(answer: Any) -> dict[str, str]:
    """Return what the confirming page sends again."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', answer.content.decode())
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


def test_preset_fills_the_form(client_of_staff: Client) -> None:
    page = client_of_staff.get(ADD)
    assert "Begin with the fee of Spaces, in EUR" in words(page)
    assert "While there is none, no fee is kept." in words(page)
    filled = client_of_staff.get(f"{ADD}?preset=spaces&currency=eur").content.decode()
    for name, value in {"name": "Spaces", "rate_0": "3", "border_1": "50000.00", "rate_1": "20"}.items():
        assert re.search(rf'name="{name}" value="{value}"', filled), name
    assert 'value="Spaces"' not in client_of_staff.get(f"{ADD}?preset=spaces&currency=xxx").content.decode()


def test_effect_is_shown_and_nothing_is_saved(client_of_staff: Client, ines: User, malo: User) -> None:
    for host, times in ((ines, 3), (malo, 1)):
        offer = planned_offer(host=host, seats=50)
        for _ in range(times):
            sold_order(offer)
    answer = client_of_staff.post(ADD, {**SPACES, "border_1": "20"})
    page = words(answer)
    assert answer.status_code == HTTPStatus.OK
    assert "3% up to €20.00 20% of what lies above €20.00" in page
    assert "For what is sold in EUR. It holds from now on." in page
    assert "Had it held for the last 90 days" in page
    assert "Fee as it would be €40.00 4 2 €0.00 €2.90" in page
    assert "@ines €30.00 €0.00 €2.60 @malo €10.00 €0.00 €0.30" in page
    assert FeeSchedule.objects.count() == 0


def test_fee_is_saved_once_its_effect_was_seen(client_of_staff: Client) -> None:
    shown = client_of_staff.post(ADD, SPACES | {"note": "As agreed."})
    answer = client_of_staff.post(ADD, hidden_in(shown))
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, LIST)
    made = FeeSchedule.objects.get()
    assert made.rates().tiers == ((0, 300), (5_000_000, 2_000))
    assert (made.name, made.currency, made.note) == ("Spaces", "eur", "As agreed.")
    assert made.created_by == User.objects.get(handle="nolwenn")
    assert LogEntry.objects.get().change_message == "3% up to €50,000.00 · 20% of what lies above €50,000.00"
    page = words(client_of_staff.get(LIST))
    assert "3% up to €50,000.00 · 20% of what lies above €50,000.00 EUR" in page


@pytest.mark.parametrize("change", [{"rate_0": "4"}, {"name": "Other"}, {"sure": "f" * 40}, {"sure": ""}])
def test_what_was_not_seen_is_not_saved(client_of_staff: Client, change: dict[str, str]) -> None:
    shown = client_of_staff.post(ADD, FIVE)
    answer = client_of_staff.post(ADD, hidden_in(shown) | change)
    assert (answer.status_code, seal_in(answer) != "") == (HTTPStatus.OK, True)
    assert FeeSchedule.objects.count() == 0


def test_form_comes_back_to_be_changed(client_of_staff: Client) -> None:
    shown = client_of_staff.post(ADD, FIVE)
    answer = client_of_staff.post(ADD, hidden_in(shown) | {"_edit": "1"})
    assert 'name="rate_0" value="5"' in answer.content.decode()
    assert seal_in(answer) == ""
    assert FeeSchedule.objects.count() == 0


def test_fee_for_all_currencies_from_a_day_on(client_of_staff: Client) -> None:
    at = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    fields = FIVE | {"currency": ALL, "rate_0": "2.5 %", "valid_from": f"{at:%Y-%m-%dT%H:%M}"}
    shown = client_of_staff.post(ADD, fields)
    assert "2.5% For what is sold in any currency. It holds from " in words(shown)
    client_of_staff.post(ADD, hidden_in(shown))
    made = FeeSchedule.objects.get()
    assert (made.currency, made.valid_from, made.rates().tiers) == (ALL, at, ((0, 250),))
    assert "2.5% All currencies" in words(client_of_staff.get(LIST))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "This field is required."),
        ({"rate_0": ""}, "This field is required."),
        ({"rate_0": "three"}, "Write a percentage between 0 and 100"),
        ({"rate_0": "-3"}, "Write a percentage between 0 and 100"),
        ({"rate_0": "100.01"}, "Write a percentage between 0 and 100"),
        ({"rate_0": "3.001"}, "Write a percentage between 0 and 100"),
        ({"border_1": ""}, "Fill in both, or neither."),
        ({"rate_1": ""}, "Fill in both, or neither."),
        ({"border_1": "much"}, "Write the price as a number"),
        ({"border_1": "0"}, "The first rate begins at 0, and each further one above the one before."),
        ({"border_2": "50000", "rate_2": "30"}, "The first rate begins at 0, and each further one above"),
        ({"currency": ""}, "A fee for all currencies has one rate"),
        ({"currency": "gbp"}, "Select a valid choice."),
        ({"valid_from": "2020-01-01T12:00"}, "Choose a time that is still to come."),
    ],
)
def test_what_is_no_fee_is_said(client_of_staff: Client, change: dict[str, str], says: str) -> None:
    answer = client_of_staff.post(ADD, SPACES | change)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert says in words(answer)
    assert seal_in(answer) == ""


@pytest.mark.parametrize("rate", ["0", "100", "100.00", "2,5", "0.01%"])
def test_rates_at_the_limits(client_of_staff: Client, rate: str) -> None:
    assert seal_in(client_of_staff.post(ADD, FIVE | {"rate_0": rate})) != ""


def test_present_fee_stands_beside_the_new_one(client_of_staff: Client, ines: User, settings: Settings) -> None:
    begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Ten", note="", by=None)
    sold_order(planned_offer(host=ines))
    assert "@ines €10.00 €1.00 €0.50" in words(client_of_staff.post(ADD, FIVE))
    assert "Nobody’s fee would have been another one." in words(client_of_staff.post(ADD, FIVE | {"rate_0": "10"}))


def test_nothing_was_sold(client_of_staff: Client) -> None:
    assert "Nothing was sold that it would be for." in words(client_of_staff.post(ADD, FIVE))


def test_who_may_only_look_lays_down_nothing(staff: Callable[..., Client]) -> None:
    client = staff("view_feeschedule")
    made = begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Ten", note="", by=None)
    assert client.get(ADD).status_code == client.post(ADD, FIVE).status_code == HTTPStatus.FORBIDDEN
    assert client.get(LIST).status_code == client.get(f"{LIST}{made.pk}/change/").status_code == HTTPStatus.OK


def test_who_may_nothing_sees_nothing(staff: Callable[..., Client]) -> None:
    client = staff()
    assert [client.get(address).status_code for address in (LIST, ADD)] == [HTTPStatus.FORBIDDEN] * 2


def test_fee_is_never_changed_or_deleted(client: Client, sam: User) -> None:
    client.force_login(sam)
    made = begin_schedule([Tier(0, 1_000)], currency="eur", valid_from=None, name="Ten", note="", by=None)
    assert client.post(f"{LIST}{made.pk}/change/", FIVE).status_code == HTTPStatus.FORBIDDEN
    assert client.post(f"{LIST}{made.pk}/delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    made.refresh_from_db()
    assert made.rates().tiers == ((0, 1_000),)


def test_pages_in_french(staff: Callable[..., Client]) -> None:
    client = staff("add_feeschedule", language="fr")
    page = words(client.post(ADD, SPACES | {"border_1": "50 000,00"}))
    assert "Pas encore enregistré" in page
    assert "20 % de ce qui dépasse 50 000,00 €" in page.replace("\u202f", " ")
