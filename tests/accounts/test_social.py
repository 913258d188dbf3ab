"""Sign-in through others: only where keys are set, and then all the way to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse

from accounts.adapters.social import SocialAdapter
from accounts.models import User
from config.social import social_settings

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

THEIRS = Path(allauth.__file__).parent / "templates"
KEYS = {
    "SOCIAL_GOOGLE_CLIENT_ID": "google-id",
    "SOCIAL_GOOGLE_CLIENT_SECRET": "google-secret",
    "SOCIAL_GITHUB_CLIENT_ID": "github-id",
    "SOCIAL_GITHUB_CLIENT_SECRET": "github-secret",
    "SOCIAL_APPLE_CLIENT_ID": "apple-id",
    "SOCIAL_APPLE_KEY_ID": "apple-key",
    "SOCIAL_APPLE_TEAM_ID": "apple-team",
    "SOCIAL_APPLE_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----",
}
WHERE = {
    "google": "https://accounts.google.com/o/oauth2/v2/auth",
    "github": "https://github.com/login/oauth/authorize",
    "apple": "https://appleid.apple.com/auth/authorize",
}
PAGES = sorted(
    str(path.relative_to(THEIRS))
    for folder in ("socialaccount", "socialaccount/messages")
    for path in (THEIRS / folder).glob("*.*")
    if not path.name.startswith("base_")
)


@pytest.fixture
def configured(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = social_settings(KEYS).providers


def test_nothing_is_there_without_keys() -> None:
    assert social_settings({}) == ({}, [])


def test_each_provider_is_there_with_its_keys() -> None:
    found = social_settings(KEYS)
    assert list(found.providers) == ["google", "apple", "github"]
    assert found.origins == ["https://accounts.google.com", "https://appleid.apple.com", "https://github.com"]
    (apple,) = found.providers["apple"]["APPS"]
    assert apple == {
        "client_id": "apple-id",
        "secret": "apple-key",
        "key": "apple-team",
        "settings": {"certificate_key": "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"},
    }


@pytest.mark.parametrize("missing", KEYS)
def test_half_of_the_keys_stops_the_start_with_what_is_missing(missing: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^Set {missing} too"):
        social_settings({name: value for name, value in KEYS.items() if name != missing})


@pytest.mark.parametrize("name", PAGES)
def test_template_is_ours(name: str) -> None:
    template: Any = get_template(name)
    assert not Path(template.origin.name).is_relative_to(THEIRS)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_no_button_shows_without_keys(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert "Continue with" not in answer.content.decode()
    assert "form-action 'self';" in answer["Content-Security-Policy"] + ";"


@pytest.mark.parametrize("name", WHERE)
def test_provider_without_keys_is_a_wrong_address(browser: Client, name: str) -> None:
    back = "finish/" if name == "apple" else ""
    for path in (f"/accounts/{name}/login/", f"/accounts/{name}/login/callback/{back}?code=x&state=y"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/accounts/{name}/login/").status_code == 404


def test_settings_offer_no_connection_without_keys(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    assert "Connected accounts" not in browser.get("/settings/").content.decode()


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
def test_buttons_show_with_keys(browser: Client, path: str, django_assert_num_queries: Any) -> None:
    # Sign-up asks whether its door is open.
    with django_assert_num_queries(1 if path == "/accounts/signup/" else 0):
        page = browser.get(path, {"next": "/settings/"}, headers={"accept-language": "en"}).content.decode()
    for name, shown in {"google": "Google", "github": "GitHub", "apple": "Apple"}.items():
        assert f"Continue with {shown}" in page
        assert f'action="/accounts/{name}/login/?process=login&amp;next=%2Fsettings%2F"' in page


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("name", WHERE)
def test_button_leads_to_the_provider(browser: Client, name: str) -> None:
    answer = browser.post(f"/accounts/{name}/login/?process=login")
    there = urlsplit(answer["Location"])
    asked = parse_qs(there.query)
    assert (answer.status_code, f"{there.scheme}://{there.netloc}{there.path}") == (302, WHERE[name])
    assert asked["client_id"] == [f"{name}-id"]
    assert asked["redirect_uri"] == [f"http://testserver/accounts/{name}/login/callback/"]
    # Nobody is sent there by a mere link.
    assert browser.get(f"/accounts/{name}/login/").status_code == 200


def test_policy_lets_forms_lead_to_the_providers() -> None:
    for name, origin in zip(("google", "apple", "github"), social_settings(KEYS).origins, strict=True):
        assert WHERE[name].startswith(origin + "/")


@pytest.mark.usefixtures("configured")
def test_connections_are_listed_and_ended(browser: Client, maiwenn: User) -> None:
    EmailAddress.objects.create(user=maiwenn, email=maiwenn.email, primary=True, verified=True)
    one = SocialAccount.objects.create(user=maiwenn, provider="github", uid="7", extra_data={"login": "maiwenn"})
    browser.force_login(maiwenn)
    assert "Connected accounts" in browser.get("/settings/", headers={"accept-language": "en"}).content.decode()
    page = browser.get(reverse("socialaccount_connections")).content.decode()
    assert 'id="account-1">GitHub</h2>' in page
    browser.post(reverse("socialaccount_connections"), {"account": one.pk})
    assert SocialAccount.objects.count() == 0


@pytest.mark.usefixtures("configured")
def test_last_way_in_is_not_taken(browser: Client, maiwenn: User) -> None:
    maiwenn.set_unusable_password()
    maiwenn.save()
    one = SocialAccount.objects.create(user=maiwenn, provider="github", uid="7")
    browser.force_login(maiwenn)
    page = browser.post(reverse("socialaccount_connections"), {"account": one.pk}, headers={"accept-language": "en"})
    assert "nothing else would let you in" in page.content.decode()
    assert SocialAccount.objects.count() == 1


def come_through(browser: Client, email: str) -> Any:
    """Return the page of whoever comes back from GitHub for the first time."""
    provider = SocialAdapter().get_provider(RequestFactory().get("/"), "github")
    login = SocialLogin(
        provider=provider,
        user=User(),
        account=SocialAccount(provider="github", uid="77", extra_data={"login": "maina", "company": "Phare"}),
        email_addresses=[EmailAddress(email=email, verified=True, primary=True)],
    )
    data = {"username": "maina", "name": "  Maïna \u202eRiou ", "email": email}
    SocialAdapter().populate_user(RequestFactory().get("/"), login, data)
    session = browser.session
    session["socialaccount_sociallogin"] = login.serialize()
    session.save()
    return browser.get(reverse("socialaccount_signup"))


@pytest.mark.usefixtures("configured")
def test_newcomer_chooses_a_handle_and_is_in(browser: Client) -> None:
    page = come_through(browser, "maina@example.org")
    assert page.context["form"].initial["display_name"] == "Maïna Riou"
    sent = {"email": "maina@example.org", "username": "maina_r", "display_name": "Maïna"}
    answer = browser.post(reverse("socialaccount_signup"), sent)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    person = User.objects.get(handle="maina_r")
    assert (person.display_name, person.has_usable_password()) == ("Maïna", False)
    assert browser.session["_auth_user_id"] == str(person.pk)
    kept = SocialAccount.objects.values_list("user", "uid", "extra_data")
    assert list(kept) == [(person.pk, "77", {"login": "maina"})]
    assert EmailAddress.objects.get(user=person).verified is True


@pytest.mark.usefixtures("configured")
def test_newcomer_with_a_reserved_handle_is_asked_again(browser: Client) -> None:
    come_through(browser, "maina@example.org")
    page = browser.post(reverse("socialaccount_signup"), {"email": "maina@example.org", "username": "staff"})
    assert list(page.context["form"].errors) == ["username"]
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)


@pytest.mark.usefixtures("configured")
def test_provider_opens_no_account_that_has_the_same_address(browser: Client, maiwenn: User) -> None:
    EmailAddress.objects.create(user=maiwenn, email=maiwenn.email, primary=True, verified=True)
    come_through(browser, maiwenn.email)
    browser.post(reverse("socialaccount_signup"), {"email": maiwenn.email, "username": "maina"})
    assert "_auth_user_id" not in browser.session
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)
