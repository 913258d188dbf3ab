"""The page of a person, their settings, and the service behind them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from accounts.errors import HandleInvalidError, HandleReservedError, HandleTakenError
from accounts.models import User
from accounts.selectors.people import person_card
from accounts.services.profile import change_profile, save_unless_handle_taken
from config.lib.errors import InvalidError
from rooms.models import RoomEvent
from rooms.services.lifecycle import end_room, open_room

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what the higher apps were told, who are not told now."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "rooms.services.people.person_changed", lambda person: told.append((person.handle, person.display_name))
    )
    return told


def test_profile_shows_the_person(browser: Client, maiwenn: User) -> None:
    response = browser.get("/@Maiwenn/")
    assert response.status_code == 200
    assert response.context["person"] == maiwenn
    assert response.context["card"] == person_card(maiwenn)
    assert response.context["live_rooms"] == []
    assert response.context["is_self"] is False
    assert "Maïwenn Le Goff" in response.content.decode()


def test_profile_lists_live_rooms_and_knows_oneself(browser: Client, maiwenn: User) -> None:
    room = open_room(maiwenn, title="Sea and weather", language="en")
    browser.force_login(maiwenn)
    response = browser.get("/@Maiwenn/")
    assert [card["id"] for card in response.context["live_rooms"]] == [room.public_id]
    assert response.context["is_self"] is True

    end_room(room.public_id, by=maiwenn)
    assert browser.get("/@Maiwenn/").context["live_rooms"] == []


@pytest.mark.usefixtures("maiwenn")
def test_profile_in_another_case_leads_to_the_one_address(browser: Client) -> None:
    response = browser.get("/@mAIWENN/")
    assert (response.status_code, response["Location"]) == (302, "/@Maiwenn/")


@pytest.mark.parametrize("handle", ["nobody_here", "maïwenn", "a%00b"])
def test_profile_of_nobody(browser: Client, handle: str) -> None:
    assert browser.get(f"/@{handle}/").status_code == 404


def test_profile_of_a_closed_account(browser: Client, maiwenn: User) -> None:
    maiwenn.is_active = False
    maiwenn.save()
    assert browser.get("/@Maiwenn/").status_code == 404


def test_settings_need_a_login(browser: Client) -> None:
    response = browser.get("/settings/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/settings/")


def test_settings_are_shown_and_saved(browser: Client, maiwenn: User, heard: list[tuple[str, str]]) -> None:
    browser.force_login(maiwenn)
    page = browser.get("/settings/")
    assert page.context["form"].initial == {
        "display_name": "Maïwenn Le Goff",
        "handle": "Maiwenn",
        "listening_shown": "nobody",
        "language": "",
        "time_zone": "",
    }

    answer = browser.post("/settings/", {"display_name": "Maï", "handle": "mai_29", "language": "fr"})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    maiwenn.refresh_from_db()
    assert (maiwenn.display_name, maiwenn.handle, maiwenn.language) == ("Maï", "mai_29", "fr")
    assert heard == [("mai_29", "Maï")]
    assert browser.get("/settings/")["Content-Language"] == "fr"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("handle", "YANN", "Somebody else has this handle. Choose another."),
        ("handle", "staff", "This handle is kept for the site itself. Choose another."),
        ("handle", "a!", "A handle has 3 to 30 letters (a-z), digits or underscores."),
        ("language", "xx", "Select a valid choice. xx is not one of the available choices."),
    ],
)
@pytest.mark.usefixtures("yann")
def test_settings_that_cannot_be(
    browser: Client, maiwenn: User, heard: list[tuple[str, str]], field: str, value: str, text: str
) -> None:
    browser.force_login(maiwenn)
    answer = browser.post("/settings/", {"display_name": "", "handle": "Maiwenn", "language": ""} | {field: value})
    assert (answer.status_code, dict(answer.context["form"].errors)) == (422, {field: [text]})
    maiwenn.refresh_from_db()
    assert (maiwenn.display_name, maiwenn.handle) == ("Maïwenn Le Goff", "Maiwenn")
    assert heard == []


def change(person: User, **changed: str) -> User:
    current = {
        "display_name": person.display_name,
        "handle": person.handle,
        "language": person.language,
        "time_zone": person.time_zone,
    }
    return change_profile(person, **(current | changed))


def test_change_reaches_the_rooms_that_show_the_person(maiwenn: User) -> None:
    room = open_room(maiwenn, title="Sea and weather", language="en")
    changed = change(maiwenn, display_name="Maï")
    events = list(RoomEvent.objects.filter(room=room).order_by("seq").values_list("seq", "type"))
    assert events == [(1, "room.opened"), (2, "person.changed")]
    assert RoomEvent.objects.get(room=room, seq=2).body == {"person": person_card(changed)}


def test_change_of_language_alone_tells_nobody(maiwenn: User, heard: list[tuple[str, str]]) -> None:
    assert change(maiwenn, language="fr").language == "fr"
    assert heard == []


def test_change_of_a_handles_case(maiwenn: User, heard: list[tuple[str, str]]) -> None:
    assert change(maiwenn, handle="maiwenn").handle == "maiwenn"
    assert heard == [("maiwenn", "Maïwenn Le Goff")]


def test_change_keeps_a_handle_that_was_reserved_later(db: None) -> None:
    person = User.objects.create_user("admin", "admin@example.org")
    assert change(person, display_name="Root").display_name == "Root"


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("handle", "yann", HandleTakenError),
        ("handle", "ab", HandleInvalidError),
        ("handle", "ws", HandleInvalidError),
        ("handle", "rooms", HandleReservedError),
        ("display_name", "x" * 61, InvalidError),
        ("language", "xx", InvalidError),
    ],
)
@pytest.mark.usefixtures("yann")
def test_change_that_cannot_be_changes_nothing(
    maiwenn: User, heard: list[tuple[str, str]], field: str, value: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        change(maiwenn, **{field: value})
    fresh = User.objects.get(pk=maiwenn.pk)
    assert (fresh.handle, fresh.display_name, fresh.language) == ("Maiwenn", "Maïwenn Le Goff", "")
    assert heard == []


def test_name_at_its_limit(maiwenn: User) -> None:
    assert change(maiwenn, display_name="x" * 60).display_name == "x" * 60


def test_handle_taken_leaves_the_transaction_usable(maiwenn: User, yann: User) -> None:
    yann.handle = "MAIWENN"
    with pytest.raises(HandleTakenError):
        save_unless_handle_taken(yann)
    assert User.objects.filter(pk=maiwenn.pk).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_of_two_wins_a_handle(maiwenn: User, yann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    both_checked = threading.Barrier(2, timeout=10)

    def check_and_wait(_: str) -> None:
        both_checked.wait()

    def take(person: User) -> str:
        try:
            return change(person, handle="le_phare").handle
        except HandleTakenError as error:
            return error.code
        finally:
            connection.close()

    monkeypatch.setattr("accounts.services.profile.check_handle", check_and_wait)
    with ThreadPoolExecutor(max_workers=2) as threads:
        outcomes = sorted(threads.map(take, [maiwenn, yann]))
    assert outcomes == ["handle_taken", "le_phare"]
    assert User.objects.filter(handle="le_phare").count() == 1
