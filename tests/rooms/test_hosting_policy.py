"""Policies at work: opening a room, over page and API, and recording one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from accounts.errors import NotEligibleError
from accounts.policies.rules import Platform, Purpose, Rule, RuleKind, Terms
from accounts.services.policies import change_policy
from rooms.models import Room
from rooms.services.lifecycle import open_room
from rooms.services.recording import start_room_recording

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db

IOS = Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS}))
FOLLOWERS = Rule(RuleKind.FOLLOWERS, 600)
SENT = {"title": "Chess, out loud", "description": "Bring a board.", "language": "en"}


def allow(*ways: tuple[Rule, ...], purpose: Purpose = Purpose.HOST) -> None:
    change_policy(Terms(purpose, ways), by=None)


def test_room_opens_where_the_policy_says_so(oliver: User) -> None:
    allow((IOS,))
    with pytest.raises(NotEligibleError):
        open_room(oliver, title="T", language="en")
    assert Room.objects.count() == 0
    assert open_room(oliver, title="T", language="en", platform=Platform.IOS).is_live


def test_page_says_what_is_missing_instead_of_the_form(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    allow((FOLLOWERS, Rule(RuleKind.VERIFIED_EMAIL)))
    page = client.get(reverse("rooms:create"))
    body = page.content.decode()
    assert page.status_code == 200
    assert "You cannot open rooms yet." in body
    assert "0 of 600 followers" in body
    assert '<a href="/accounts/email/">Confirm your e-mail address</a>' in body
    assert 'name="title"' not in body


def test_page_offers_the_form_on_the_right_platform(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    allow((IOS,))
    assert 'name="title"' not in client.get(reverse("rooms:create")).content.decode()
    assert 'name="title"' in client.get(reverse("rooms:create"), headers={"x-client-platform": "ios"}).content.decode()


def test_page_keeps_what_was_typed_before_it_closed(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    allow()
    answer = client.post(reverse("rooms:create"), SENT)
    body = answer.content.decode()
    assert (answer.status_code, Room.objects.count()) == (403, 0)
    assert "Nobody can open rooms here just now." in body
    assert 'value="Chess, out loud"' in body


def test_page_names_each_way(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    allow((FOLLOWERS,), (IOS,))
    body = client.get(reverse("rooms:create"), headers={"accept-language": "en"}).content.decode()
    assert "Any one of these ways is enough." in body
    assert "On iOS" in body


def test_recording_has_a_policy_of_its_own(room: Room, ines: User) -> None:
    allow((IOS,), purpose=Purpose.RECORD)
    with pytest.raises(NotEligibleError):
        start_room_recording(room.public_id, by=ines)
    room.refresh_from_db()
    assert room.recording is False
    start_room_recording(room.public_id, by=ines, platform=Platform.IOS)
    room.refresh_from_db()
    assert room.recording is True


def post(client: Client, **headers: str) -> Any:
    return client.post("/api/v1/spaces", SENT, content_type="application/json", headers=headers)


def test_api_opens_a_room_on_the_declared_platform(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    allow((IOS,))
    refused = post(client, **{"x-client-platform": "android"})
    assert refused.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "You cannot open rooms yet. What is missing: On iOS.",
        "code": "not_eligible",
        "instance": "/api/v1/spaces",
        "purpose": "host",
        "missing": [{"rule": "platform", "met": False, "have": None, "need": None, "text": "On iOS", "url": None}],
    }
    made = post(client, **{"x-client-platform": "ios"})
    assert (made.status_code, made.json()["title"]) == (201, "Chess, out loud")
    assert made.json()["id"] == Room.objects.get().public_id


def test_api_opens_nothing_for_a_guest(client: Client) -> None:
    assert post(client).status_code == 401


def test_api_lists_what_i_may(client: Client, oliver: User) -> None:
    client.force_login(oliver)
    allow((FOLLOWERS, IOS))
    allow(purpose=Purpose.FUND)
    answer = client.get("/api/v1/me/eligibility/", headers={"x-client-platform": "ios"})
    open_way = [{"met": True, "rules": []}]
    assert answer.json() == {
        "purposes": [
            {
                "purpose": "host",
                "allowed": False,
                "ways": [
                    {
                        "met": False,
                        "rules": [
                            {
                                "rule": "followers",
                                "met": False,
                                "have": 0,
                                "need": 600,
                                "text": "0 of 600 followers",
                                "url": None,
                            },
                            {
                                "rule": "platform",
                                "met": True,
                                "have": None,
                                "need": None,
                                "text": "On iOS",
                                "url": None,
                            },
                        ],
                    }
                ],
            },
            {"purpose": "sell", "allowed": True, "ways": open_way},
            {"purpose": "record", "allowed": True, "ways": open_way},
            {"purpose": "fund", "allowed": False, "ways": []},
        ]
    }


def test_api_tells_guests_nothing(client: Client) -> None:
    assert client.get("/api/v1/me/eligibility/").status_code == 401
