"""Keys of the API: made in the settings, shown once, and good for what they were made for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.enums import TokenScope
from accounts.errors import TooManyTokensError
from accounts.models import ApiToken, Notification
from accounts.notices.kinds import words_of
from accounts.services.deletion import close_account
from accounts.services.tokens import NewToken, make_token, revoke_token
from config.lib.errors import InvalidError, NotFoundError
from rooms.models import Room
from tests.rooms.partner import SPACES, Partner, said
from tests.rooms.planned import soon

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

PAGE = "/settings/keys/"


def key(person: User, scope: TokenScope = TokenScope.WRITE, days: int = 30) -> NewToken:
    return make_token(person, name="Planner", scope=scope, days=days)


def plan() -> dict[str, str]:
    return {"title": "Sea and weather", "language": "en", "starts_at": soon(days=1).isoformat()}


# --- calling with one ---


def test_key_plans_a_room_in_its_person_s_name_without_cookie_or_csrf_token(ines: User) -> None:
    partner = Partner(token=key(ines).text, enforce_csrf_checks=True)
    assert partner.post(SPACES, plan()).status_code == 201
    assert Room.objects.get().host == ines


def test_key_to_read_changes_nothing(ines: User, room: Room) -> None:
    partner = Partner(token=key(ines, TokenScope.READ).text)
    assert partner.get(room.public_id).json()["your_role"] == "host"
    assert said(partner.post(f"{room.public_id}/end")) == (403, "insufficient_scope")
    assert said(partner.post(SPACES, plan())) == (403, "insufficient_scope")


@pytest.mark.parametrize("scope", TokenScope)
def test_key_for_rooms_opens_nothing_else(ines: User, malo: User, scope: TokenScope) -> None:
    partner = Partner(token=key(ines, scope).text)
    for method, path in (
        ("get", "/api/v1/me/eligibility/"),
        ("get", f"/api/v1/people/{malo.public_id}/follow"),
        ("put", f"/api/v1/people/{malo.public_id}/follow"),
        ("get", f"/api/v1/people/{malo.public_id}/followers"),
    ):
        assert said(partner.call(method, path)) == (403, "insufficient_scope")


def test_key_opens_no_page(ines: User) -> None:
    answer = Client().get("/settings/", headers={"authorization": f"Bearer {key(ines).text}"})
    assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


def test_key_is_no_longer_good_when_it_is_over_taken_back_or_the_account_closed(ines: User, malo: User) -> None:
    over, back, closed = key(ines), key(ines), key(malo)
    ApiToken.objects.filter(pk=over.token.pk).update(
        created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now()
    )
    revoke_token(ines, public_id=back.token.public_id)
    close_account(malo)
    for text in (over.text, back.text, closed.text, "causerie_nonsense", "nonsense", "", "é"):
        answer = Partner(token=text or " ").get(SPACES)
        assert said(answer) == (401, "bad_token")
        assert answer["WWW-Authenticate"] == 'Bearer realm="Causerie", error="invalid_token"'


def test_key_is_good_until_its_last_moment(ines: User) -> None:
    made = key(ines, days=1)
    assert made.token.expires_at - made.token.created_at == timedelta(days=1)
    ApiToken.objects.update(
        created_at=timezone.now() - timedelta(days=1), expires_at=timezone.now() + timedelta(seconds=30)
    )
    assert Partner(token=made.text).get(SPACES).status_code == 200


def test_wrong_keys_are_counted_by_address(ines: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_TOKEN_FAILURES_PER_MINUTE = 2
    monkeypatch.setattr("config.lib.quotas.time.time", lambda: 1_800_000_000.0)
    guess, good = Partner(token="causerie_guess"), key(ines).text
    assert [said(guess.get(SPACES))[0] for _ in range(3)] == [401, 401, 429]
    # From this address not even a good one is looked up; from another it is.
    guess.headers["authorization"] = f"Bearer {good}"
    assert said(guess.get(SPACES)) == (429, "too_many_requests")
    assert Partner(token=good).get(SPACES).status_code == 200
    monkeypatch.setattr("config.lib.quotas.time.time", lambda: 1_800_000_060.0)
    assert guess.get(SPACES).status_code == 200


def test_use_is_noted_now_and_then(ines: User) -> None:
    made = key(ines)
    partner = Partner(token=made.text)
    partner.get(SPACES)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    partner.get(SPACES)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=site.SESSION_SEEN_SECONDS))
    partner.get(SPACES)
    noted = ApiToken.objects.get().last_used_at
    assert noted is not None
    assert noted >= first


# --- making and taking back ---


def test_only_the_hash_is_kept(ines: User) -> None:
    made = key(ines)
    row = ApiToken.objects.values().get()
    assert made.text not in str(row)
    assert (row["ending"], len(row["digest"]), len(made.text)) == (made.text[-4:], 64, len("causerie_") + 43)


def test_person_is_told_of_another_key(ines: User) -> None:
    key(ines)
    told = Notification.objects.get(user=ines)
    assert (told.kind, words_of(told).title) == ("security", "A key for programs was made for your account")


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (365, True), (366, False)])
def test_days_of_a_key(ines: User, days: int, good: bool) -> None:
    if good:
        assert key(ines, days=days).token.is_good
        return
    with pytest.raises(InvalidError):
        key(ines, days=days)


def test_number_of_keys(ines: User, settings: Any) -> None:
    settings.API_TOKENS_MOST = 2
    first = key(ines)
    key(ines)
    with pytest.raises(TooManyTokensError):
        key(ines)
    revoke_token(ines, public_id=first.token.public_id)
    assert key(ines).token.is_good


def test_key_of_somebody_else_is_not_taken_back(ines: User, malo: User) -> None:
    made = key(ines)
    with pytest.raises(NotFoundError):
        revoke_token(malo, public_id=made.token.public_id)
    assert ApiToken.objects.get().is_good


# --- the page ---


@pytest.fixture
def as_ines(client: Client, ines: User) -> Client:
    ines.set_password("a long sentence")
    ines.save()
    client.force_login(ines)
    client.post("/accounts/reauthenticate/", {"password": "a long sentence"})
    return client


def test_page_makes_a_key_and_shows_it_once(as_ines: Client) -> None:
    assert as_ines.get(PAGE).context["tokens"] == []
    made = as_ines.post(PAGE, {"name": "Planner", "scope": "rooms:write", "days": "30"})
    text = re.search(r"<code>(causerie_[\w-]+)</code>", made.content.decode())
    assert text is not None
    assert (made.status_code, "no-store" in made["Cache-Control"]) == (200, True)
    again = as_ines.get(PAGE).content.decode()
    assert (text[1] in again, "Planner" in again) == (False, True)
    assert Partner(token=text[1]).post(SPACES, plan()).status_code == 201


def test_page_takes_a_key_back(as_ines: Client, ines: User) -> None:
    made = key(ines)
    answer = as_ines.post(f"{PAGE}{made.token.public_id}/revoke/", follow=True)
    assert (answer.status_code, "Planner" in answer.content.decode()) == (200, True)
    assert not ApiToken.objects.get().is_good
    assert as_ines.post(f"{PAGE}{'z' * 14}/revoke/").status_code == 404


def test_page_says_what_is_wrong(as_ines: Client, ines: User, settings: Any) -> None:
    settings.API_TOKENS_MOST = 1
    assert as_ines.post(PAGE, {"name": " ", "scope": "everything", "days": "9999"}).status_code == 422
    key(ines)
    assert as_ines.post(PAGE, {"name": "Planner", "scope": "rooms:read", "days": "30"}).status_code == 422


def test_open_browser_alone_makes_no_key(client: Client, ines: User) -> None:
    client.force_login(ines)
    for answer in (client.get(PAGE), client.post(PAGE, {"name": "Planner", "scope": "rooms:write", "days": "30"})):
        assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}{'z' * 14}/revoke/"])
def test_guest_is_asked_to_log_in(client: Client, path: str) -> None:
    answer = client.post(path)
    assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)
