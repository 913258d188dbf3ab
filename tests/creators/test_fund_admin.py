"""Staff's pages of the fund: each step for whoever may take it, noted in the log, refused to everybody else."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from creators.enums import AppealState, ApplicationState, PeriodState, ProgrammeState
from creators.models import Appeal, Application, Earning, Period, Programme
from creators.services.fund_appeals import send_appeal
from creators.services.fund_applications import apply
from creators.services.fund_periods import end_appeals
from creators.services.fund_programmes import make_programme
from tests.factories.funding import after_appeals, first_period, joined, opened, plan, published, tried, weeks_ago
from tests.ticketing.test_host_pages import words

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

STAFF = "/staff/creators"
SPRING = {
    "name": "Spring",
    "about": "",
    "currency": "eur",
    "budget": "100.00",
    "total": "",
    "cadence": "week",
    "number_of_periods": "4",
    "formula": "flat",
    "stipend": "10.00",
}


@pytest.fixture
def staff() -> Callable[..., Client]:
    """Return browsers of staff with the named permissions, and of views of all."""

    def make(*codenames: str, language: str = "en") -> Client:
        person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True, language=language)
        viewed = [f"view_{name}" for name in ("programme", "application", "period", "appeal")]
        person.user_permissions.set(Permission.objects.filter(codename__in=[*codenames, *viewed]))
        client = Client(headers={"accept-language": language})
        client.force_login(person)
        return client

    return make


def pressed(client: Client, kind: str, pk: int, step: str, **sent: str) -> Any:
    """Press a button with what its page holds."""
    page = client.get(f"{STAFF}/{kind}/{pk}/change/").content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    return client.post(f"{STAFF}/{kind}/{pk}/{step}/", {"seen": seen[1] if seen else "", **sent})


def noted() -> list[str]:
    return list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))


def test_programme_is_laid_down_changed_opened_and_closed(staff: Callable[..., Client]) -> None:
    client = staff("add_programme", "change_programme")
    sent = SPRING | {"first_day": weeks_ago(1).isoformat()}
    answer = client.post(f"{STAFF}/programme/add/", sent)
    programme = Programme.objects.get()
    assert answer["Location"] == f"{STAFF}/programme/{programme.pk}/change/"
    assert (programme.budget, programme.total, programme.stipend) == (10_000, 40_000, 1_000)
    filled = client.get(f"{STAFF}/programme/{programme.pk}/edit/").content.decode()
    assert re.search(r'name="stipend" value="10.00"', filled)
    client.post(f"{STAFF}/programme/{programme.pk}/edit/", sent | {"name": "Summer"})
    assert "Each creator gets €10.00 a week." in words(client.get(answer["Location"]))
    pressed(client, "programme", programme.pk, "open")
    programme.refresh_from_db()
    assert (programme.name, programme.state) == ("Summer", ProgrammeState.OPEN)
    pressed(client, "programme", programme.pk, "close")
    programme.refresh_from_db()
    assert programme.state == ProgrammeState.CLOSED
    assert noted() == [
        "Lay a programme down",
        "Change the draft",
        "Open it: its terms stay from then on",
        "Close it for applications",
    ]
    again = client.post(f"{STAFF}/programme/{programme.pk}/edit/", sent)
    assert (again.status_code, "has moved on" in words(again)) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)


def test_spark_fills_the_form(staff: Callable[..., Client]) -> None:
    page = staff("add_programme").get(f"{STAFF}/programme/add/?preset=spark").content.decode()
    expected = {
        "stipend": "2500.00",
        "min_followers": "5000",
        "rooms_per_week": "2",
        "min_age": "18",
        "most_periods": "3",
    }
    for name, value in expected.items():
        assert re.search(rf'name="{name}" value="{value}"', page), name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "This field is required."),
        ({"budget": "much"}, "Write the price as a number"),
        ({"budget": "0"}, "The budget of a period is above zero"),
        ({"total": "99.99"}, "not less than that of one"),
        ({"stipend": ""}, "lacks “stipend”"),
        ({"formula": "quadratic"}, "means nothing to the formula"),
        ({"formula": "pro_rata", "stipend": "", "listener_cap": "ten"}, "Write whole minutes"),
        ({"budget": "99999999999"}, "more than can be paid to one creator"),
        ({"number_of_periods": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_no_programme_is_said(staff: Callable[..., Client], change: dict[str, str], says: str) -> None:
    sent = SPRING | {"first_day": weeks_ago(1).isoformat()} | change
    answer = staff("add_programme").post(f"{STAFF}/programme/add/", sent)
    assert (answer.status_code, says in words(answer)) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert not Programme.objects.exists()


def test_application_is_answered(staff: Callable[..., Client], ines: User, malo: User) -> None:
    client = staff("change_application")
    programme = opened(min_followers=0)
    first, second = (
        apply(programme.public_id, by=person, words="I host.", is_of_age=True).pk for person in (ines, malo)
    )
    assert "How the person stands now" in words(client.get(f"{STAFF}/application/{first}/change/"))
    pressed(client, "application", first, "accept")
    pressed(client, "application", second, "refuse")
    assert Application.objects.get(pk=second).state == ApplicationState.SENT
    pressed(client, "application", second, "refuse", words="Not this time.")
    assert dict(Application.objects.values_list("pk", "state")) == {first: "accepted", second: "refused"}
    assert noted() == ["Accept", "Refuse: Not this time."]


def test_period_from_button_to_button(staff: Callable[..., Client], ines: User) -> None:
    client = staff("change_period", "change_appeal", "pay_period")
    programme = opened()
    joined(programme, ines)
    pk = first_period(programme).pk
    change = f"{STAFF}/period/{pk}/change/"
    assert "It can be frozen from" in words(client.get(change))
    pressed(client, "period", pk, "freeze")
    pressed(client, "period", pk, "try")
    page = words(client.get(change))
    assert "€10.00 to one creator; €90.00 stays in the budget." in page
    assert "Everybody has the most that a creator gets." in page
    assert "@ines €10.00" in page
    pressed(client, "period", pk, "publish")
    appeal = send_appeal(Period.objects.get(pk=pk).public_id, by=ines, words="More, please.")
    assert "One appeal waits for an answer." in words(client.get(change))
    pressed(client, "period", pk, "final")
    pressed(client, "appeal", appeal.pk, "accept", words="Fine.")
    pressed(client, "appeal", appeal.pk, "refuse", words="The stipend is the same for all.")
    after_appeals(Period.objects.get(pk=pk))
    pressed(client, "period", pk, "final")
    pressed(client, "period", pk, "pay")
    assert Period.objects.get(pk=pk).state == PeriodState.PAID
    assert (Appeal.objects.get().state, Earning.objects.get().net) == (AppealState.REFUSED, 1_000)
    # What was refused is not noted: neither the early end nor the appeal that would have changed nothing.
    expected = [
        "Freeze what came in",
        "Dry run: reckon what each would get",
        "Publish exactly this",
        "Refuse: The stipend is the same for all.",
        "End the time to appeal",
        "Pay it: each share becomes an earning",
    ]
    assert noted() == expected


def test_what_was_not_seen_is_not_published(staff: Callable[..., Client], ines: User) -> None:
    client = staff("change_period")
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    tried(period)
    answer = client.post(f"{STAFF}/period/{period.pk}/publish/", {"seen": "0" * 64}, follow=True)
    assert "no longer the latest dry run" in words(answer)
    period.refresh_from_db()
    assert period.state == PeriodState.TRIED


STEPS = {
    "programme": {"open": "change_programme", "close": "change_programme"},
    "application": {"accept": "change_application", "refuse": "change_application"},
    "period": {
        "freeze": "change_period",
        "try": "change_period",
        "publish": "change_period",
        "again": "change_period",
        "final": "change_period",
        "pay": "pay_period",
    },
    "appeal": {"accept": "change_appeal", "refuse": "change_appeal"},
}
ROLES = ("add_programme", "change_programme", "change_application", "change_period", "pay_period", "change_appeal")


@pytest.fixture
def rows(ines: User, malo: User) -> dict[str, int]:
    """Return a row for each page, of which the steps of each role could be taken."""
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    published(period)
    appeal = send_appeal(period.public_id, by=ines, words="More.")
    application = apply(programme.public_id, by=malo, words="I host.", is_of_age=True)
    return {"programme": programme.pk, "application": application.pk, "period": period.pk, "appeal": appeal.pk}


@pytest.mark.parametrize("role", [*ROLES, ""])
def test_each_role_may_do_its_own_and_nothing_else(
    staff: Callable[..., Client], rows: dict[str, int], role: str
) -> None:
    client = staff(role)
    found = {}
    for kind, steps in STEPS.items():
        for step in steps:
            answer = client.post(f"{STAFF}/{kind}/{rows[kind]}/{step}/", {"words": ""})
            found[kind, step] = answer.status_code
            # A link does nothing.
            assert client.get(f"{STAFF}/{kind}/{rows[kind]}/{step}/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    expected = {
        (kind, step): HTTPStatus.FOUND if needed == role else HTTPStatus.FORBIDDEN
        for kind, steps in STEPS.items()
        for step, needed in steps.items()
    }
    assert found == expected
    adds = HTTPStatus.OK if role == "add_programme" else HTTPStatus.FORBIDDEN
    assert client.get(f"{STAFF}/programme/add/").status_code == adds
    draft = make_programme(plan(), by=None)
    edits = HTTPStatus.OK if role == "change_programme" else HTTPStatus.FORBIDDEN
    assert client.get(f"{STAFF}/programme/{draft.pk}/edit/").status_code == edits
    for kind, pk in rows.items():
        assert client.post(f"{STAFF}/{kind}/{pk}/change/", {"state": "paid"}).status_code == HTTPStatus.FORBIDDEN
        assert client.post(f"{STAFF}/{kind}/{pk}/delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN


def test_buttons_are_shown_to_whoever_may_press_them(staff: Callable[..., Client], ines: User) -> None:
    client = staff("change_period")
    programme = opened()
    joined(programme, ines)
    period = first_period(programme)
    published(period)
    after_appeals(period)
    page = client.get(f"{STAFF}/period/{period.pk}/change/").content.decode()
    assert re.findall(r'id="step-(\w+)"', page) == ["again", "final"]
    end_appeals(period.pk)
    page = client.get(f"{STAFF}/period/{period.pk}/change/").content.decode()
    assert re.findall(r'id="step-(\w+)"', page) == []


def test_who_is_no_staff_sees_none_of_it(client: Client, ines: User, rows: dict[str, int]) -> None:
    client.force_login(ines)
    for kind, pk in rows.items():
        for address in (f"{STAFF}/{kind}/", f"{STAFF}/{kind}/{pk}/change/"):
            assert client.get(address).status_code == HTTPStatus.FOUND
    assert client.post(f"{STAFF}/period/{rows['period']}/freeze/").status_code == HTTPStatus.FOUND


def test_pages_in_french(staff: Callable[..., Client], rows: dict[str, int]) -> None:
    client = staff("change_period", language="fr")
    assert "Ce que chacun reçoit" in words(client.get(f"{STAFF}/period/{rows['period']}/change/"))
