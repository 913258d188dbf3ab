"""The second factor: an app with recovery codes, passkeys, and the pages about them."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.template.loader import get_template
from django.urls import reverse

from accounts.selectors.people import has_second_factor
from accounts.selectors.second_factor import SecondFactors, second_factors

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
THEIRS = Path(allauth.__file__).parent / "templates"
# Nobody is asked whether to trust a browser here, signs up by passkey, or gets a letter about it.
NOT_SHOWN = {"trust.html", "signup_form.html", "base.html", "base_entrance.html", "base_manage.html"}
PAGES = sorted(
    str(path.relative_to(THEIRS))
    for path in (THEIRS / "mfa").rglob("*")
    if path.is_file() and path.name not in NOT_SHOWN and not {"email", "snippets"} & set(path.parts)
)


def code_of(secret: str) -> str:
    """Return what the app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


@pytest.fixture
def logged_in(browser: Client, maiwenn: User) -> Client:
    """Return Maïwenn's browser, in which she has just shown that it is her."""
    EmailAddress.objects.create(user=maiwenn, email=maiwenn.email, primary=True, verified=True)
    browser.force_login(maiwenn)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


@pytest.fixture
def secret(maiwenn: User) -> str:
    """Return the secret of Maïwenn's app, with ten recovery codes beside it."""
    made = str(generate_totp_secret())
    TOTP.activate(maiwenn, made)
    RecoveryCodes.activate(maiwenn)
    return made


@pytest.mark.parametrize("name", PAGES)
def test_template_is_ours(name: str) -> None:
    template: Any = get_template(name)
    assert not Path(template.origin.name).is_relative_to(THEIRS)


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
    ],
)
def test_page_is_shown(logged_in: Client, name: str) -> None:
    page = logged_in.get(reverse(name), follow=True)
    assert page.status_code == 200
    assert [t.name for t in page.templates if Path(str(t.origin.name)).is_relative_to(THEIRS)] == []


def test_pages_need_a_fresh_proof(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        answer = browser.get(reverse(name))
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"{reverse('account_reauthenticate')}?next={quote(reverse(name), safe='')}",
        )


def test_app_is_set_up_with_codes_for_later(logged_in: Client, maiwenn: User) -> None:
    page = logged_in.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    (picture,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page.content.decode())
    drawn = base64.b64decode(picture).decode()
    # What is read by cameras is black on white, in the dark too.
    assert ('fill="white"' in drawn, "<script" in drawn) == (True, False)
    assert has_second_factor(maiwenn) is False

    done = logged_in.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert (done.status_code, done["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    assert (has_second_factor(maiwenn), second_factors(maiwenn)) == (True, SecondFactors(app=True, passkeys=0))
    codes = re.findall(r"<code>(\d{8})</code>", logged_in.get(done["Location"]).content.decode())
    assert len(codes) == 10
    saved = logged_in.get(reverse("mfa_download_recovery_codes"))
    assert (saved["Content-Type"], saved.content.decode().split()) == ("text/plain", codes)


def test_app_is_not_set_up_by_a_wrong_code(logged_in: Client, maiwenn: User) -> None:
    logged_in.get(reverse("mfa_activate_totp"))
    page = logged_in.post(reverse("mfa_activate_totp"), {"code": "000"})
    assert page.context["form"].errors == {
        "code": ["That did not fit. Codes change every half minute; take the newest."]
    }
    assert second_factors(maiwenn).is_on is False


def log_in(browser: Client, person: User) -> Any:
    return browser.post(reverse("account_login"), {"login": person.handle, "password": PASSWORD})


def test_password_alone_is_not_enough(browser: Client, maiwenn: User, secret: str) -> None:
    asked = log_in(browser, maiwenn)
    assert (asked.status_code, asked["Location"]) == (302, reverse("mfa_authenticate"))
    assert "_auth_user_id" not in browser.session
    wrong = browser.post(reverse("mfa_authenticate"), {"code": "12345678"})
    assert list(wrong.context["form"].errors) == ["code"]
    assert "_auth_user_id" not in browser.session
    browser.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert browser.session["_auth_user_id"] == str(maiwenn.pk)


@pytest.mark.usefixtures("secret")
def test_recovery_code_works_once(browser: Client, maiwenn: User) -> None:
    code = Authenticator.objects.get(user=maiwenn, type="recovery_codes").wrap().get_unused_codes()[0]
    for works in (True, False):
        log_in(browser, maiwenn)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        assert ("_auth_user_id" in browser.session) is works
        browser.post(reverse("account_logout"))


@pytest.mark.usefixtures("secret")
def test_codes_are_made_anew(logged_in: Client, maiwenn: User) -> None:
    before = Authenticator.objects.get(user=maiwenn, type="recovery_codes").wrap().get_unused_codes()
    assert logged_in.get(reverse("mfa_generate_recovery_codes")).context["unused_code_count"] == 10
    logged_in.post(reverse("mfa_generate_recovery_codes"))
    after = Authenticator.objects.get(user=maiwenn, type="recovery_codes").wrap().get_unused_codes()
    assert (len(after), set(before) & set(after)) == (10, set())


@pytest.mark.usefixtures("secret")
def test_app_is_switched_off_and_the_codes_with_it(logged_in: Client, maiwenn: User) -> None:
    assert logged_in.get(reverse("mfa_deactivate_totp")).status_code == 200
    logged_in.post(reverse("mfa_deactivate_totp"))
    assert list(Authenticator.objects.filter(user=maiwenn)) == []


def test_recovery_codes_alone_are_no_second_factor(maiwenn: User) -> None:
    RecoveryCodes.activate(maiwenn)
    assert (has_second_factor(maiwenn), second_factors(maiwenn).is_on) == (False, False)


@pytest.mark.usefixtures("secret")
def test_other_ways_to_show_that_it_is_you_are_ours(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    page = browser.get(reverse("account_reauthenticate"), headers={"accept-language": "en"})
    assert [(str(way["description"]), way["url"]) for way in page.context["reauthentication_alternatives"]] == [
        ("With a code", reverse("mfa_reauthenticate"))
    ]
    there = browser.get(reverse("mfa_reauthenticate"))
    assert [str(way["description"]) for way in there.context["reauthentication_alternatives"]] == ["With your password"]


def test_settings_say_whether_it_is_on(logged_in: Client, secret: str) -> None:
    page = logged_in.get(reverse("accounts:settings")).content.decode()
    row = re.findall(r"Second factor\s*<small>\s*(\w+)", page)
    assert (row, bool(secret)) == (["On"], True)


def test_challenge_is_given_to_whoever_asks_and_names_nobody(browser: Client) -> None:
    answer = browser.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    options = answer.json()["request_options"]["publicKey"]
    del options["challenge"]
    assert options == {"allowCredentials": [], "rpId": "testserver", "userVerification": "required"}


# What Python does not read at all is among it: a number of so many digits, lists so deep.
NONSENSE = ["", "{}", "[]", "null", '{"id": 1}', '{"response": {"userHandle": "MQ"}}', "1" * 5_000, "[" * 100_000]


@pytest.mark.parametrize("sent", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_instead_of_a_passkey_opens_nothing(browser: Client, sent: str) -> None:
    browser.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    answer = browser.post(reverse("mfa_login_webauthn"), {"credential": sent})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert "_auth_user_id" not in browser.session


def test_passkey_of_nonsense_is_not_added(logged_in: Client, maiwenn: User) -> None:
    logged_in.get(reverse("mfa_add_webauthn"))
    page = logged_in.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": "{}"})
    assert page.status_code == 200
    assert page.context["form"].errors != {}
    assert second_factors(maiwenn).passkeys == 0
