"""Where somebody is logged in: what the list says, and that what is ended is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.devices import device_words
from accounts.selectors.sessions import open_sessions, session_id
from accounts.services.sessions import end_other_sessions, end_session
from config.lib.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
PAGE = "/accounts/sessions/"


@pytest.fixture
def log_in(make_browser: Callable[[], Client], maiwenn: User) -> Callable[[str], Client]:
    """Return `log_in(user_agent)`: a browser in which Maïwenn has logged in."""

    def enter(user_agent: str) -> Client:
        browser = make_browser()
        browser.defaults["HTTP_USER_AGENT"] = user_agent
        browser.post(reverse("account_login"), {"login": maiwenn.handle, "password": PASSWORD})
        return browser

    return enter


def forget_note(browser: Client) -> None:
    """Let the time pass in which a session is noted once."""
    cache.delete(f"session:seen:{session_id(str(browser.session.session_key))}")


def is_guest(browser: Client) -> bool:
    return not browser.get("/").context["user"].is_authenticated


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Safari on iPhone"),
        (LAPTOP, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/131.0 Safari/537.36 OPR/116", "Opera on macOS"),
        ("(Linux; Android 14) SamsungBrowser/26.0 Chrome/122 Safari/537.36", "Samsung Internet on Android"),
        ("curl on Linux", "Linux"),
        ("", "An unknown browser"),
        ("<script>", "An unknown browser"),
    ],
)
def test_device_in_words(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


def test_list_says_where_and_this_place_first(log_in: Callable[[str], Client], maiwenn: User) -> None:
    log_in(PHONE)
    laptop = log_in(LAPTOP)
    found = open_sessions(maiwenn, laptop.session.session_key)
    assert [(one.device, one.is_this) for one in found] == [("Firefox on Windows", True), ("Safari on iPhone", False)]
    assert found[0].address == laptop.defaults["REMOTE_ADDR"]
    page = laptop.get(PAGE).content.decode()
    assert page.index("Firefox on Windows") < page.index("Safari on iPhone")
    # Nobody learns a session's key, not even its owner.
    assert str(laptop.session.session_key) not in page


def test_list_needs_a_login(browser: Client) -> None:
    assert browser.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_however_long_it_is(
    log_in: Callable[[str], Client], maiwenn: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        log_in(LAPTOP)
    with django_assert_num_queries(2):
        assert len(open_sessions(maiwenn, None)) == count


def test_ended_session_is_a_guests(log_in: Callable[[str], Client], maiwenn: User) -> None:
    phone, laptop = log_in(PHONE), log_in(LAPTOP)
    assert (is_guest(phone), is_guest(laptop)) == (False, False)
    ended = laptop.post(PAGE, {"end": session_id(str(phone.session.session_key))})
    assert (ended.status_code, ended["Location"]) == (302, PAGE)
    assert (is_guest(phone), is_guest(laptop)) == (True, False)
    assert [one.device for one in open_sessions(maiwenn, None)] == ["Firefox on Windows"]


def test_all_others_are_ended(log_in: Callable[[str], Client], maiwenn: User) -> None:
    phone, tablet, laptop = log_in(PHONE), log_in(PHONE), log_in(LAPTOP)
    laptop.post(PAGE, {"end": "others"})
    assert [is_guest(browser) for browser in (phone, tablet, laptop)] == [True, True, False]
    assert end_other_sessions(maiwenn, here=laptop.session.session_key) == 0


def test_this_session_is_ended_like_any_other(log_in: Callable[[str], Client]) -> None:
    laptop = log_in(LAPTOP)
    gone = laptop.post(PAGE, {"end": session_id(str(laptop.session.session_key))})
    assert (gone.status_code, gone["Location"], is_guest(laptop)) == (302, "/", True)


def test_session_of_somebody_else_cannot_be_ended(log_in: Callable[[str], Client], yann: User) -> None:
    phone = log_in(PHONE)
    with pytest.raises(NotFoundError):
        end_session(yann, name=session_id(str(phone.session.session_key)))
    assert phone.post(PAGE, {"end": "nonsense"}).status_code == 404
    assert is_guest(phone) is False


def test_session_older_than_the_password_is_not_listed(log_in: Callable[[str], Client], maiwenn: User) -> None:
    log_in(PHONE)
    maiwenn.set_password("another one altogether")
    maiwenn.save()
    assert open_sessions(maiwenn, None) == []


def test_use_is_noted_now_and_then(log_in: Callable[[str], Client], maiwenn: User) -> None:
    phone = log_in(PHONE)
    long_ago = timezone.now() - timedelta(days=1)
    UserSession.objects.update(last_seen_at=long_ago)
    phone.get("/")
    # It was noted at the log-in, less than five minutes ago.
    assert UserSession.objects.get().last_seen_at == long_ago
    forget_note(phone)
    phone.get("/")
    assert UserSession.objects.get().last_seen_at > long_ago
    assert [one.device for one in open_sessions(maiwenn, None)] == ["Safari on iPhone"]


def test_session_from_before_the_list_appears_in_it(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    browser.get("/")
    assert open_sessions(maiwenn, None) == []
    forget_note(browser)
    browser.get("/")
    assert len(open_sessions(maiwenn, None)) == 1


@pytest.mark.usefixtures("maiwenn")
def test_use_is_not_noted_without_redis(log_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> None:
    from redis.exceptions import ConnectionError as NoRedisError

    phone = log_in(PHONE)

    def fail(*_: object, **__: object) -> bool:
        raise NoRedisError

    monkeypatch.setattr(cache, "add", fail)
    assert is_guest(phone) is False
