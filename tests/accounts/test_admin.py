"""Staff's view of people, and what only superusers may do there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LIST = "/staff/accounts/user/"


@pytest.fixture
def superuser() -> User:
    return User.objects.create_superuser("root", "root@example.org", "correct horse battery")


@pytest.fixture
def staff() -> User:
    person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return person


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


def form(person: User, **changed: Any) -> dict[str, Any]:
    form = {"handle": person.handle, "display_name": person.display_name, "language": "", "is_active": "on"}
    return form | changed


@pytest.mark.parametrize("query", ["MAIWENN", "Goff", "maiwenn@example", "public_id"])
@pytest.mark.usefixtures("yann")
def test_search(browser_of: Callable[[User], Client], staff: User, maiwenn: User, query: str) -> None:
    asked = maiwenn.public_id if query == "public_id" else query
    assert list(browser_of(staff).get(LIST, {"q": asked}).context["cl"].result_list) == [maiwenn]


def test_page_shows_no_password_hash(browser_of: Callable[[User], Client], superuser: User, maiwenn: User) -> None:
    page = browser_of(superuser).get(f"{LIST}{maiwenn.pk}/change/").content.decode()
    assert maiwenn.public_id in page
    assert not re.search(r"pbkdf2|md5\$|argon2|bcrypt|scrypt", page, re.IGNORECASE)


def test_staff_corrects_a_name(
    browser_of: Callable[[User], Client], staff: User, maiwenn: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("rooms.services.people.person_changed", lambda person: told.append(person.display_name))
    answer = browser_of(staff).post(f"{LIST}{maiwenn.pk}/change/", form(maiwenn, display_name=" Maï  Le Goff "))
    assert answer.status_code == 302
    maiwenn.refresh_from_db()
    assert (maiwenn.display_name, told) == ("Maï Le Goff", ["Maï Le Goff"])


@pytest.mark.parametrize(
    ("handle", "text"),
    [
        ("causerie", "This handle is kept for the site itself. Choose another."),
        ("YANN", "Somebody else has this handle. Choose another."),
    ],
)
@pytest.mark.usefixtures("yann")
def test_staff_gives_a_handle_that_cannot_be(
    browser_of: Callable[[User], Client], staff: User, maiwenn: User, handle: str, text: str
) -> None:
    answer = browser_of(staff).post(f"{LIST}{maiwenn.pk}/change/", form(maiwenn, handle=handle))
    assert answer.status_code == 200
    assert text in answer.content.decode()


def test_staff_gives_nobody_powers(browser_of: Callable[[User], Client], staff: User, maiwenn: User) -> None:
    permission = Permission.objects.first()
    assert permission is not None
    powers = {"is_staff": "on", "is_superuser": "on", "user_permissions": [permission.pk]}
    answer = browser_of(staff).post(f"{LIST}{maiwenn.pk}/change/", form(maiwenn, **powers))
    assert answer.status_code == 302
    maiwenn.refresh_from_db()
    assert (maiwenn.is_staff, maiwenn.is_superuser, maiwenn.user_permissions.count()) == (False, False, 0)


def test_superuser_gives_powers(browser_of: Callable[[User], Client], superuser: User, maiwenn: User) -> None:
    answer = browser_of(superuser).post(f"{LIST}{maiwenn.pk}/change/", form(maiwenn, is_staff="on"))
    assert answer.status_code == 302
    maiwenn.refresh_from_db()
    assert (maiwenn.is_staff, maiwenn.is_superuser) == (True, False)


@pytest.mark.parametrize("whose", ["superuser", "staff"])
@pytest.mark.parametrize("page", ["change", "password"])
def test_staff_does_not_touch_staff(
    browser_of: Callable[[User], Client], staff: User, superuser: User, whose: str, page: str
) -> None:
    target = superuser if whose == "superuser" else staff
    data = form(target, display_name="Changed", password1="new horse battery", password2="new horse battery")
    answer = browser_of(staff).post(f"{LIST}{target.pk}/{page}/", data | {"usable_password": "true"})
    assert answer.status_code == 403
    target.refresh_from_db()
    assert target.display_name == ""
    assert not target.check_password("new horse battery")


def test_nobody_deletes_a_person(browser_of: Callable[[User], Client], superuser: User, maiwenn: User) -> None:
    assert browser_of(superuser).get(f"{LIST}{maiwenn.pk}/delete/").status_code == 403


def test_superuser_adds_a_person(browser_of: Callable[[User], Client], superuser: User) -> None:
    data = {
        "handle": "soizic",
        "email": "soizic@example.org",
        "display_name": "Soizic",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    answer = browser_of(superuser).post(f"{LIST}add/", data)
    assert answer.status_code == 302
    person = User.objects.get(handle="soizic")
    assert (person.display_name, person.is_staff, person.check_password("correct horse battery")) == (
        "Soizic",
        False,
        True,
    )


def test_staff_logs_in_where_everybody_does(browser: Client) -> None:
    answer = browser.get("/staff/", follow=True)
    assert answer.redirect_chain[-1] == ("/accounts/login/?next=%2Fstaff%2F", 302)


def test_person_who_is_not_staff_is_refused(browser_of: Callable[[User], Client], maiwenn: User) -> None:
    assert browser_of(maiwenn).get("/staff/", follow=True).status_code == 403


@pytest.mark.parametrize("path", ["/staff/", LIST, f"{LIST}add/", "/staff/rooms/room/", "/staff/auth/group/add/"])
def test_pages_need_nothing_inline(browser_of: Callable[[User], Client], superuser: User, path: str) -> None:
    response = browser_of(superuser).get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)", page) == []
