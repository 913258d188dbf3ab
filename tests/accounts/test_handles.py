"""Changing a handle: the old one leads on, nobody else gets it meanwhile, and nobody changes all the time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.urls import reverse

from accounts.errors import HandleChangedTooOftenError, HandleTakenError
from accounts.models import FormerHandle, User
from accounts.selectors.former_handles import is_kept_for_another, next_change_at
from accounts.selectors.people import handle_exists
from accounts.services import profile
from accounts.services.profile import change_profile
from config.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db


def rename(person: User, handle: str) -> User:
    return change_profile(person, display_name="", handle=handle, language="", time_zone="")


def age(**by: float) -> None:
    """Let so much time pass for all that was given up."""
    for former in FormerHandle.objects.all():
        FormerHandle.objects.filter(pk=former.pk).update(given_up_at=former.given_up_at - timedelta(**by))


def where(browser: Client, handle: str) -> tuple[int, str]:
    answer = browser.get(f"/@{handle}/")
    return answer.status_code, answer.get("Location", "")


def test_old_handle_leads_to_the_page_for_ninety_days(browser: Client, maiwenn: User) -> None:
    rename(maiwenn, "mai")
    assert where(browser, "maiwenn") == (302, "/@mai/")
    age(days=89, hours=23)
    assert where(browser, "MAIWENN") == (302, "/@mai/")
    age(hours=2)
    assert where(browser, "maiwenn") == (404, "")


def test_old_handle_of_a_closed_account_leads_nowhere(browser: Client, maiwenn: User) -> None:
    rename(maiwenn, "mai")
    User.objects.update(is_active=False)
    assert where(browser, "maiwenn") == (404, "")


def test_old_handle_is_nobody_elses_until_it_is_free(maiwenn: User, yann: User) -> None:
    rename(maiwenn, "mai")
    for handle in ("Maiwenn", "MAIWENN"):
        with pytest.raises(HandleTakenError):
            rename(yann, handle)
    assert User.objects.get(pk=yann.pk).handle == "yann"
    assert FormerHandle.objects.filter(person=yann).count() == 0
    age(days=90, seconds=1)
    assert rename(yann, "maiwenn").handle == "maiwenn"


def test_owner_takes_it_back(browser: Client, maiwenn: User) -> None:
    rename(maiwenn, "mai")
    assert rename(maiwenn, "Maiwenn").handle == "Maiwenn"
    assert (where(browser, "Maiwenn")[0], where(browser, "mai")) == (200, (302, "/@Maiwenn/"))


def test_freed_handle_leads_to_whoever_has_it_now(browser: Client, maiwenn: User, yann: User) -> None:
    rename(maiwenn, "mai")
    age(days=91)
    rename(yann, "maiwenn")
    rename(yann, "yann2")
    assert where(browser, "maiwenn") == (302, "/@yann2/")
    assert (is_kept_for_another("maiwenn", yann), is_kept_for_another("maiwenn", maiwenn)) == (False, True)


@pytest.mark.usefixtures("maiwenn")
def test_sign_up_does_not_get_a_kept_handle(make_browser: Callable[[], Client], maiwenn: User) -> None:
    rename(maiwenn, "mai")
    assert handle_exists("maiwenn")
    sent = {"email": "new@example.org", "username": "maiwenn", "password1": "correct horse battery"}
    page = make_browser().post(reverse("account_signup"), sent)
    assert list(page.context["form"].errors) == ["username"]
    age(days=91)
    make_browser().post(reverse("account_signup"), sent)
    assert User.objects.get(handle="maiwenn").email == "new@example.org"


def test_three_changes_in_thirty_days(maiwenn: User) -> None:
    for handle in ("one", "two", "three"):
        assert next_change_at(maiwenn) is None
        rename(maiwenn, handle)
    first = FormerHandle.objects.earliest("given_up_at").given_up_at
    assert next_change_at(maiwenn) == first + timedelta(days=30)
    with pytest.raises(HandleChangedTooOftenError):
        rename(maiwenn, "four")
    assert User.objects.get(pk=maiwenn.pk).handle == "three"
    # What is no change of the handle goes on.
    assert rename(maiwenn, "THREE").handle == "THREE"
    age(days=29, hours=23)
    with pytest.raises(HandleChangedTooOftenError):
        rename(maiwenn, "four")
    age(hours=2)
    assert rename(maiwenn, "four").handle == "four"


def test_form_says_when_it_may_be_changed_again(browser: Client, maiwenn: User) -> None:
    for handle in ("one", "two", "three"):
        rename(maiwenn, handle)
    browser.force_login(maiwenn)
    sent = {"display_name": "Mai", "handle": "four", "language": ""}
    page = browser.post("/settings/", sent, headers={"accept-language": "en"})
    (text,) = page.context["form"].errors["handle"]
    assert (page.status_code, text.startswith("You have changed your handle often lately.")) == (422, True)


def test_change_of_case_alone_keeps_nothing(maiwenn: User) -> None:
    rename(maiwenn, "MAIWENN")
    assert FormerHandle.objects.count() == 0


def test_rows_that_say_nothing_any_more_go(maiwenn: User) -> None:
    rename(maiwenn, "one")
    age(days=91)
    rename(maiwenn, "two")
    assert list(FormerHandle.objects.values_list("handle", flat=True)) == ["one"]


def test_staff_cannot_give_a_kept_handle_and_their_change_keeps_the_old_one(
    browser: Client, maiwenn: User, yann: User
) -> None:
    rename(maiwenn, "mai")
    root = User.objects.create_superuser("the_root", "root@example.org", "correct horse battery")
    browser.force_login(root)

    def give(handle: str) -> Any:
        sent = {"handle": handle, "display_name": "", "language": "", "is_active": "on"}
        return browser.post(f"/staff/accounts/user/{yann.pk}/change/", sent)

    assert give("maiwenn").status_code == 200
    assert give("yannig").status_code == 302
    assert where(browser, "yann") == (302, "/@yannig/")


@pytest.fixture
def at_the_worst_moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[User, User], list[object]]:
    """Return a race: somebody takes a handle, having looked before, when the other who gives it up commits."""
    looked, gone = threading.Event(), threading.Event()
    names: dict[str, int] = {}

    def look(handle: str) -> None:
        if handle != "Maiwenn":
            return
        seen = is_kept_for_another(handle)
        assert not seen
        looked.set()
        assert gone.wait(10)

    def announce(person: User, _: object) -> None:
        if person.pk == names["giver"]:
            assert looked.wait(10)

    monkeypatch.setattr(profile, "check_handle", look)
    monkeypatch.setattr(profile, "announce_if_changed", announce)

    def run(giver: User, taker: User) -> list[object]:
        names["giver"] = giver.pk

        def attempt(change: Callable[[], User], done: threading.Event | None = None) -> object:
            try:
                return change().handle
            except DomainError as error:
                return error.code
            finally:
                connection.close()
                if done:
                    done.set()

        with ThreadPoolExecutor(2) as pool:
            giving = pool.submit(attempt, partial(rename, giver, "mai"), gone)
            taking = pool.submit(attempt, partial(rename, taker, "Maiwenn"))
            return [giving.result(), taking.result()]

    return run


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_handle_is_not_taken_in_the_moment_it_is_given_up(
    maiwenn: User, yann: User, at_the_worst_moment: Callable[[User, User], list[object]]
) -> None:
    assert at_the_worst_moment(maiwenn, yann) == ["mai", "handle_taken"]
    assert User.objects.get(pk=yann.pk).handle == "yann"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_handle_is_taken_so_without_the_second_look(
    maiwenn: User,
    yann: User,
    at_the_worst_moment: Callable[[User, User], list[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(profile, "refuse_if_kept", lambda _: None)
    assert at_the_worst_moment(maiwenn, yann) == ["mai", "Maiwenn"]
