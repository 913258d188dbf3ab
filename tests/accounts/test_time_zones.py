"""By which zone somebody reads the hours: their choice, else what the browser says, else UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.middleware import PersonLocaleMiddleware
from accounts.models import User
from accounts.services.profile import change_profile
from accounts.time_zones import COOKIE, is_time_zone, time_zone_choices
from config.lib.errors import InvalidError

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def zone_of_page(person: User, cookie: str = "") -> str:
    """Return the zone in which a page is made for the person."""
    request = RequestFactory().get("/")
    request.user = person
    if cookie:
        request.COOKIES[COOKIE] = cookie
    seen: list[str] = []

    def page(_request: object) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    PersonLocaleMiddleware(page)(request)
    return seen[0]


@pytest.mark.parametrize(
    ("chosen", "cookie", "zone"),
    [
        ("", "", "UTC"),
        ("", "Europe/Paris", "Europe/Paris"),
        ("America/New_York", "Europe/Paris", "America/New_York"),
        ("", "Europe/Nowhere", "UTC"),
        ("", "../../etc/passwd", "UTC"),
        ("Mars/Olympus", "Europe/Paris", "UTC"),
    ],
)
def test_zone_is_ones_own_else_the_browsers(ines: User, chosen: str, cookie: str, zone: str) -> None:
    ines.time_zone = chosen
    timezone.activate("Asia/Tokyo")
    try:
        assert zone_of_page(ines, cookie) == zone
    finally:
        timezone.deactivate()


def test_settings_keep_the_zone(client: Client, ines: User) -> None:
    client.force_login(ines)

    sent = {"display_name": "", "handle": ines.handle, "language": "fr", "time_zone": "Pacific/Auckland"}
    answer = client.post("/settings/", sent)

    ines.refresh_from_db()
    assert (answer.status_code, ines.time_zone) == (302, "Pacific/Auckland")


def test_unknown_zone_is_refused_and_changes_nothing(ines: User) -> None:
    with pytest.raises(InvalidError) as refused:
        change_profile(ines, display_name="X", handle=ines.handle, language="", time_zone="Europe/Nowhere")

    before = ines.display_name
    ines.refresh_from_db()
    assert list(refused.value.errors) == ["time_zone"]
    assert (ines.time_zone, ines.display_name) == ("", before)


@pytest.mark.parametrize(("cookie", "kept"), [("Europe/Paris", "Europe/Paris"), ("Nowhere", "")])
def test_signup_keeps_the_browsers_zone(client: Client, cookie: str, kept: str) -> None:
    client.cookies[COOKIE] = cookie
    form = {"email": "new@example.org", "username": "newcomer", "display_name": "", "password1": "a long enough secret"}

    client.post("/accounts/signup/", form)

    assert User.objects.get(handle="newcomer").time_zone == kept


def test_choices_are_by_region_in_the_pages_language() -> None:
    with translation.override("fr"):
        groups = {region: cities for region, cities in time_zone_choices() if not isinstance(cities, str)}
        europe = dict(groups["Europe"])
    assert (europe["Europe/London"], europe["Europe/Paris"]) == ("Londres", "Paris")
    assert [len(name) <= 64 and is_time_zone(name) for name in europe] == [True] * len(europe)


@pytest.mark.parametrize("name", ["EST", "Etc/GMT+3", "GB", "posixrules", ""])
def test_old_names_are_no_zones_to_choose(name: str) -> None:
    assert not is_time_zone(name)


@pytest.mark.parametrize(
    ("chosen", "zone"),
    [("America/New_York", "America/New_York"), ("", "Europe/Paris"), ("Mars/Olympus", "Europe/Paris")],
)
def test_letter_is_written_by_the_zone_of_whoever_gets_it(
    client: Client, ines: User, monkeypatch: pytest.MonkeyPatch, chosen: str, zone: str
) -> None:
    User.objects.filter(pk=ines.pk).update(time_zone=chosen)
    written_by: list[str] = []
    write = DefaultAccountAdapter.render_mail

    def watched(*args: Any, **kwargs: Any) -> Any:
        written_by.append(timezone.get_current_timezone_name())
        return write(*args, **kwargs)

    monkeypatch.setattr(DefaultAccountAdapter, "render_mail", watched)
    # Whoever asks lives elsewhere.
    client.cookies[COOKIE] = "Europe/Paris"
    client.post("/accounts/password/reset/", {"email": ines.email})

    assert written_by == [zone]
