"""The pages of an account: all of them are ours, in our words, and a form says where it went wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.account.urls import urlpatterns
from django.template.loader import get_template
from django.urls import reverse

from accounts.models import User
from accounts.selectors.people import has_confirmed_address
from config.styleguide.mail import LETTERS

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

THEIRS = Path(allauth.__file__).parent / "templates"
NEED_A_LOGIN = {
    "account_change_password",
    "account_email",
    "account_logout",
    "account_reauthenticate",
    "account_set_password",
}
ARGUMENTS = {"account_confirm_email": ["abc"], "account_reset_password_from_key": ["1", "abc"]}
# Nobody gets one by telephone or instead of a password here.
NOT_SENT = {"login_code_sent.txt", "phone_verification_sent.txt", "phone_verified.txt"}


def is_theirs(template: Any) -> bool:
    return Path(template.origin.name).is_relative_to(THEIRS)


@pytest.fixture
def somebody(browser: Client, maiwenn: User) -> User:
    """Return Maïwenn, who is logged in."""
    EmailAddress.objects.create(user=maiwenn, email=maiwenn.email, primary=True, verified=False)
    browser.force_login(maiwenn)
    return maiwenn


@pytest.mark.parametrize("name", [str(pattern.name) for pattern in urlpatterns])
def test_page_is_ours(browser: Client, maiwenn: User, name: str) -> None:
    if name in NEED_A_LOGIN:
        if name == "account_set_password":
            maiwenn.set_unusable_password()
            maiwenn.save()
        browser.force_login(maiwenn)
    page = browser.get(reverse(name, args=ARGUMENTS.get(name)), follow=True)
    # allauth has this address even where codes are off, as they are here.
    elsewhere = [("/accounts/login/", 302)] if name == "account_confirm_login_code" else []
    assert (page.status_code, page.redirect_chain) == (200, elsewhere)
    assert [template.name for template in page.templates if is_theirs(template)] == []
    assert "base.html" in [template.name for template in page.templates]


@pytest.mark.parametrize("name", sorted(path.name for path in (THEIRS / "account" / "messages").glob("*.txt")))
def test_message_is_ours(name: str) -> None:
    # The loader's template wraps Django's own, which knows where it is from.
    template: Any = get_template(f"account/messages/{name}")
    assert is_theirs(template) == (name in NOT_SENT)


@pytest.mark.parametrize("kind", ["subject.txt", "message.txt", "message.html"])
@pytest.mark.parametrize("name", LETTERS)
def test_letter_is_ours(name: str, kind: str) -> None:
    template: Any = get_template(f"account/email/{name}_{kind}")
    assert not is_theirs(template)


@pytest.mark.usefixtures("somebody")
@pytest.mark.parametrize("path", ["/accounts/logout/", "/accounts/password/change/", "/accounts/reauthenticate/"])
def test_form_that_changes_who_one_is_loads_the_whole_window(browser: Client, path: str) -> None:
    forms = re.findall(r"<form[^>]*>", browser.get(path).content.decode())
    assert [form for form in forms if 'hx-boost="false"' not in form] == []


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_way_in_loads_the_whole_window(browser: Client, path: str) -> None:
    forms = re.findall(r"<form[^>]*>", browser.get(path).content.decode())
    assert [form for form in forms if 'hx-boost="false"' not in form] == []


@pytest.mark.usefixtures("somebody", "yann")
def test_mistakes_are_listed_and_belong_to_their_fields(browser: Client) -> None:
    sent = {"display_name": "x" * 61, "handle": "x" * 31, "language": ""}
    page = browser.post("/settings/", sent, headers={"accept-language": "en"}).content.decode()
    assert "2 answers need another look:" in page
    assert re.findall(r'<a href="#(id_\w+)" hx-boost="false">(.*?)</a>', page) == [
        ("id_display_name", "Name"),
        ("id_handle", "Handle"),
    ]
    for field in ("display_name", "handle"):
        (control,) = re.findall(rf'<input[^>]*name="{field}"[^>]*>', page)
        assert 'aria-invalid="true"' in control
        described = re.findall(r'aria-describedby="([^"]*)"', control)[0].split()
        assert f"id_{field}_error" in described
        assert all(f'id="{name}"' in page for name in described)


@pytest.mark.usefixtures("somebody")
def test_form_without_mistakes_lists_none(browser: Client) -> None:
    page = browser.get("/settings/").content.decode()
    assert ("data-mistake" in page, "aria-invalid" in page) == (False, False)


@pytest.mark.parametrize(
    ("language", "htmx", "status", "leads"),
    [
        ("fr", True, 200, {"HX-Redirect": "/settings/"}),
        ("fr", False, 302, {"Location": "/settings/"}),
        ("", True, 302, {"Location": "/settings/"}),
    ],
)
def test_new_language_reaches_what_navigation_leaves_in_place(
    browser: Client, somebody: User, language: str, htmx: bool, status: int, leads: dict[str, str]
) -> None:
    sent = {"display_name": "Maï", "handle": somebody.handle, "language": language}
    answer = browser.post("/settings/", sent, headers={"HX-Request": "true"} if htmx else {})
    assert (answer.status_code, {name: answer[name] for name in leads}) == (status, leads)
    # It says so on the page that follows, once.
    said = {"fr": "Vos réglages sont enregistrés.", "": "Your settings are saved."}[language]
    assert [said in browser.get("/settings/").content.decode() for _ in range(2)] == [True, False]


@pytest.mark.parametrize("confirmed", [True, False])
def test_settings_say_whether_the_address_is_confirmed(browser: Client, somebody: User, confirmed: bool) -> None:
    EmailAddress.objects.create(user=somebody, email="other@example.org", verified=True)
    EmailAddress.objects.filter(email=somebody.email).update(verified=confirmed)
    page = browser.get("/settings/", headers={"accept-language": "en"}).content.decode()
    assert ("not confirmed" in page, has_confirmed_address(somebody)) == (not confirmed, confirmed)


@pytest.mark.parametrize("confirmed", [True, False])
def test_confirmation_is_offered_again_while_it_is_missing(browser: Client, somebody: User, confirmed: bool) -> None:
    EmailAddress.objects.filter(user=somebody).update(verified=confirmed)
    page = browser.get("/accounts/email/").content.decode()
    assert ('name="action_send"' in page) == (not confirmed)


@pytest.mark.parametrize(
    ("theme", "drawn"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("x", ""), ("", "")]
)
def test_page_is_drawn_in_the_theme_that_was_chosen(browser: Client, theme: str, drawn: str) -> None:
    browser.cookies["theme"] = theme
    (root,) = re.findall(r"<html[^>]*>", browser.get("/").content.decode())
    assert re.findall(r' data-theme="[^"]*"', root) == ([drawn] if drawn else [])


@pytest.mark.usefixtures("somebody")
@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", ["Hallway"]),
        ("/rooms/new/", ["Start a room"]),
        ("/notifications/", ["Notifications"]),
        ("/@Maiwenn/", ["Your page"]),
        ("/settings/", []),
    ],
)
def test_tabs_mark_the_place_where_one_is(browser: Client, path: str, current: list[str]) -> None:
    page = browser.get(path, headers={"accept-language": "en"}).content.decode()
    (tabs,) = re.findall(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    links = re.findall(r"<a\b(.*?)>(.*?)</a>", tabs, re.DOTALL)
    words = [
        (re.sub(r"<.*?>", "", inner, flags=re.DOTALL).strip(), 'aria-current="page"' in start) for start, inner in links
    ]
    assert [word for word, _ in words] == ["Hallway", "Start a room", "Notifications", "Your page"]
    assert [word for word, here in words if here] == current


def test_page_of_a_person_tells_others_what_it_is(browser: Client, maiwenn: User) -> None:
    User.objects.filter(pk=maiwenn.pk).update(display_name='Maï "<&>')
    page = browser.get("/@Maiwenn/", headers={"accept-language": "en"}).content.decode()
    assert '<link rel="canonical"\n      href="http://testserver/@Maiwenn/">' in page
    (picture,) = re.findall(r'content="(http://testserver/@Maiwenn/share\.png\?[^"]+)"', page)[:1]
    assert re.findall(r'<meta property="(og:\w+)"\s+content="([^"]*)">', page) == [
        ("og:site_name", "Causerie"),
        ("og:type", "profile"),
        ("og:title", "Maï &quot;&lt;&amp;&gt;"),
        (
            "og:description",
            "The page of Maï &quot;&lt;&amp;&gt;: rooms that are open now, and rooms to hear again.",
        ),
        ("og:url", "http://testserver/@Maiwenn/"),
        ("og:locale", "en_GB"),
        ("og:image", picture),
    ]
