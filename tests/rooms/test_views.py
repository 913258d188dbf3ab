"""The rooms' pages: the hallway, a room, opening one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import redis
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.selectors.people import person_card
from accounts.services.follow import follow
from rooms.enums import StageRole
from rooms.models import Room, Topic
from rooms.selectors import room_state
from rooms.services.hands import accept_hand, raise_hand
from rooms.services.lifecycle import end_room, open_room
from rooms.services.stage import change_role
from tests.factories.people import person

if TYPE_CHECKING:
    from django.core.mail import EmailMessage
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db


def page_data(body: str) -> dict[str, Any]:
    """Return what the page tells a visit."""
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', body)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def seat_names(body: str) -> list[str]:
    live = body.split("<template", maxsplit=1)[0]
    return re.findall(r'<span class="seat__name" data-slot="name" dir="auto">(.*?)</span>', live)


def bring_up(room: Room, somebody: User) -> None:
    raise_hand(room.public_id, by=somebody)
    accept_hand(room.public_id, by=room.host, person_id=somebody.public_id)


def test_hallway_is_empty_without_rooms(client: Client) -> None:
    response = client.get(reverse("rooms:hallway"), headers={"accept-language": "en"})

    assert response.status_code == 200
    assert "No room is open right now" in response.content.decode()


def test_hallway_shows_live_rooms_newest_first_in_their_language(
    client: Client, room: Room, oliver: User, yara: User
) -> None:
    newer = open_room(oliver, title="Chess, out loud", language="en")
    end_room(open_room(yara, title="Gone", language="en").public_id, by=yara)

    body = client.get(reverse("rooms:hallway")).content.decode()

    links = re.findall(r'<h3><a href="(.*?)"\s+lang="(.*?)"\s+dir="auto">(.*?)</a></h3>', body)
    assert links == [
        (f"/rooms/{newer.public_id}/", "en", "Chess, out loud"),
        (f"/rooms/{room.public_id}/", "fr", "Le tour du monde en salons"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_hallway_asks_the_database_the_same_for_one_room_and_three(
    client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        open_room(person(f"host{number}"), title="Chess, out loud", language="en")

    with django_assert_num_queries(6):
        client.get(reverse("rooms:hallway"))


def test_room_page_tells_a_guest_the_state_and_nobody(client: Client, room: Room) -> None:
    data = page_data(client.get(reverse("rooms:room", args=[room.public_id])).content.decode())

    del data["may"], data["below"]
    assert data == {
        "id": room.public_id,
        "title": room.title,
        "address": f"/rooms/{room.public_id}/",
        "still": None,
        "socket": f"/ws/rooms/{room.public_id}/",
        "you": None,
        "seq": 1,
        "state": room_state(room),
        "audience": {"people": 0, "guests": 0, "away": [room.host.public_id], "sample": []},
        "stage_limit": 13,
        "followed_by_host": False,
        "people": f"/rooms/{room.public_id}/people/",
        "ping": f"/rooms/{room.public_id}/ping/",
        "report": f"/rooms/{room.public_id}/report/",
        "profile": "/@HANDLE/",
        "blocks": {"any": False, "unheard": [], "unheard_by": []},
        "quiet": [],
        "hidden": [],
        "chat": f"/rooms/{room.public_id}/chat/",
        "words": "/rooms/words/",
        "topics": {topic.slug: topic.name_en for topic in Topic.objects.all()},
    }


def test_room_as_json_is_what_its_page_tells(client: Client, room: Room) -> None:
    address = reverse("rooms:room", args=[room.public_id])

    response = client.get(address, headers={"accept": "application/json"})

    assert response.json() == page_data(client.get(address).content.decode())
    assert "Accept" in response["Vary"].split(", ")


def test_room_that_has_ended_is_gone_as_json(client: Client, room: Room) -> None:
    end_room(room.public_id, by=room.host)

    response = client.get(reverse("rooms:room", args=[room.public_id]), headers={"accept": "application/json"})

    assert (response.status_code, response.json()) == (410, {})


def test_room_page_does_not_call_somebody_away_who_opens_it(client: Client, room: Room) -> None:
    client.force_login(room.host)

    data = page_data(client.get(reverse("rooms:room", args=[room.public_id])).content.decode())

    assert data["audience"]["away"] == []


def test_room_page_stands_without_redis(client: Client, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr("rooms.presence.sync_client", lambda: dead)

    response = client.get(reverse("rooms:room", args=[room.public_id]))

    assert (response.status_code, page_data(response.content.decode())["audience"]) == (200, None)


def test_room_page_tells_who_may_do_what(client: Client, room: Room) -> None:
    data = page_data(client.get(reverse("rooms:room", args=[room.public_id])).content.decode())

    speaker = ["chat", "listen", "ping", "react", "speak", "step_down", "take_over"]
    tools = ["accept_hand", "admit", "ban", "invite", "lower_any_hand", "moderate_chat", "move_to_audience"]
    tools += ["mute_other", "remove", "see_stats", "use_board"]
    cohost = [*tools, *speaker, "lock_hands", "lock_stage", "order_hands"]
    life = {"open_lobby", "start_room", "edit_room", "reschedule", "cancel_room", "end_room"}
    own = {"ban_everywhere", "change_role", "hand_over", "record", "set_entry", "set_speak_rule"}
    assert data["may"] == {
        "host": sorted({*cohost, *life, *own} - {"step_down", "take_over"}),
        "cohost": sorted(cohost),
        "speaker": speaker,
        "listener": ["answer_invitation", "chat", "listen", "ping", "raise_hand", "react"],
        "guest": ["listen"],
    }


def test_room_page_tells_who_stands_below_whom(client: Client, room: Room) -> None:
    data = page_data(client.get(reverse("rooms:room", args=[room.public_id])).content.decode())

    assert data["below"] == {
        "host": ["cohost", "speaker", "listener"],
        "cohost": ["speaker", "listener"],
        "speaker": [],
        "listener": [],
        "guest": [],
    }


def test_room_page_tells_a_person_who_they_are(client: Client, room: Room, oliver: User) -> None:
    client.force_login(oliver)

    assert page_data(client.get(reverse("rooms:room", args=[room.public_id])).content.decode())["you"] == person_card(
        oliver
    )


def test_room_page_seats_the_host_then_cohosts_then_arrivals(
    client: Client, room: Room, malo: User, maiwenn: User, oliver: User
) -> None:
    for somebody in (oliver, maiwenn, malo):
        bring_up(room, somebody)
    change_role(room.public_id, by=room.host, person_id=malo.public_id, role=StageRole.COHOST)

    response = client.get(reverse("rooms:room", args=[room.public_id]))

    assert seat_names(response.content.decode()) == ["Inès Moreau", "Malo Kerbrat", "Oliver Hart", "Maïwenn Le Goff"]


def test_room_page_asks_the_database_the_same_for_one_seat_and_three(
    client: Client, room: Room, malo: User, maiwenn: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse("rooms:room", args=[room.public_id])
    with django_assert_num_queries(12):
        client.get(address)
    bring_up(room, malo)
    bring_up(room, maiwenn)

    with django_assert_num_queries(12):
        client.get(address)


def test_room_page_leads_a_guests_hand_to_login_and_back(client: Client, room: Room) -> None:
    body = client.get(reverse("rooms:room", args=[room.public_id])).content.decode()

    assert f'href="/accounts/login/?next=/rooms/{room.public_id}/"' in body


def test_room_page_is_served_without_inline_script_or_style(client: Client, room: Room, oliver: User) -> None:
    client.force_login(oliver)

    for address in (reverse("rooms:room", args=[room.public_id]), reverse("rooms:hallway"), reverse("rooms:create")):
        body = client.get(address).content.decode()
        scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", body)
        assert (scripts, re.findall(r"<style|\sstyle=|\son\w+=", body)) == ([], [])


def test_ended_room_says_so_and_starts_nothing(client: Client, room: Room) -> None:
    end_room(room.public_id, by=room.host)

    response = client.get(reverse("rooms:room", args=[room.public_id]), headers={"accept-language": "en"})

    body = response.content.decode()
    assert (response.status_code, "This room has ended" in body, "page-data" in body) == (200, True, False)


def test_unknown_room_is_not_found(client: Client) -> None:
    assert client.get("/rooms/nothing/").status_code == 404


@pytest.mark.parametrize("name", ["rooms:hallway", "rooms:room"])
def test_pages_that_only_show_refuse_a_post(client: Client, room: Room, name: str) -> None:
    address = reverse(name, args=[room.public_id] if name == "rooms:room" else [])

    assert client.post(address).status_code == 405


@pytest.mark.parametrize("name", ["rooms:hallway", "rooms:room", "rooms:people"])
def test_pages_that_only_show_answer_head_as_get(client: Client, room: Room, name: str) -> None:
    address = reverse(name, args=[] if name == "rooms:hallway" else [room.public_id])

    response = client.head(address)

    assert (response.status_code, response.content) == (200, b"")


def test_create_asks_a_guest_to_log_in(client: Client) -> None:
    response = client.get(reverse("rooms:create"))

    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/rooms/new/")


def test_create_offers_the_language_of_the_page(client: Client, ines: User) -> None:
    client.force_login(ines)

    assert '<option value="fr" selected>' in client.get(reverse("rooms:create")).content.decode()


def test_create_opens_the_room_and_goes_there(client: Client, oliver: User) -> None:
    client.force_login(oliver)

    sent = {"title": "  Chess,  out loud ", "description": "Bring a board.", "language": "en"}
    response = client.post(reverse("rooms:create"), sent)

    made = Room.objects.get()
    assert (made.title, made.description, made.language, made.host) == (
        "Chess, out loud",
        "Bring a board.",
        "en",
        oliver,
    )
    assert (response.status_code, response["Location"]) == (302, f"/rooms/{made.public_id}/")


@pytest.mark.parametrize(("length", "status"), [(1, 302), (99, 302), (100, 302), (101, 422), (0, 422)])
def test_create_takes_titles_of_1_to_100_characters(client: Client, oliver: User, length: int, status: int) -> None:
    client.force_login(oliver)

    response = client.post(reverse("rooms:create"), {"title": "é" * length, "description": "", "language": "en"})

    assert (response.status_code, Room.objects.count()) == (status, int(status == 302))


@pytest.mark.parametrize(("length", "status"), [(499, 302), (500, 302), (501, 422)])
def test_create_takes_descriptions_up_to_500_characters(client: Client, oliver: User, length: int, status: int) -> None:
    client.force_login(oliver)

    response = client.post(reverse("rooms:create"), {"title": "T", "description": "é" * length, "language": "en"})

    assert (response.status_code, Room.objects.count()) == (status, int(status == 302))


def test_create_keeps_what_was_typed_when_it_refuses(client: Client, oliver: User) -> None:
    client.force_login(oliver)

    response = client.post(reverse("rooms:create"), {"title": "", "description": "Bring a board.", "language": "fr"})

    body = response.content.decode()
    assert "Bring a board." in body
    assert '<option value="fr" selected>' in body
    assert "This field is required." in body


def test_create_leads_to_the_room_that_is_open_already(client: Client, oliver: User) -> None:
    open_already = open_room(oliver, title="The first", language="en")
    client.force_login(oliver)

    response = client.post(reverse("rooms:create"), {"title": "The second", "description": "", "language": "en"})

    body = response.content.decode()
    assert (response.status_code, Room.objects.count()) == (422, 1)
    assert "You already host a room that is open." in body
    assert f'href="/rooms/{open_already.public_id}/"' in body
    assert 'value="The second"' in body


def test_pages_speak_the_persons_language(client: Client, ines: User) -> None:
    client.force_login(ines)

    assert re.search(r'<html\s+lang="fr"', client.get(reverse("rooms:hallway")).content.decode())


@pytest.mark.parametrize("page", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_wear_the_sites_own_look(client: Client, page: str) -> None:
    response = client.get(reverse(page))

    assert (response.status_code, "site/css/site.css" in response.content.decode()) == (200, True)


@pytest.mark.parametrize("page", ["account_login", "account_signup"])
def test_account_forms_have_labels_and_no_placeholders(client: Client, page: str) -> None:
    assert "placeholder" not in client.get(reverse(page)).content.decode()


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/", ""),
        ("/@ines/", "?next=/%40ines/"),
        ("/nowhere/", "?next=/nowhere/"),
        ("/accounts/signup/", ""),
        ("/accounts/password/reset/", ""),
        ("/accounts/login/?next=/rooms/new/", "?next=/rooms/new/"),
        ("/accounts/login/?next=/rooms/%3Fa%3D1%26b%3D2", "?next=/rooms/%3Fa%3D1%26b%3D2"),
    ],
)
@pytest.mark.usefixtures("ines")
def test_top_leads_through_log_in_and_back(client: Client, address: str, query: str) -> None:
    top = client.get(address).content.decode().split("</header>")[0]

    ways = re.findall(r'href="(/accounts/(?:login|signup)/[^"]*)"', top)
    assert ways == [f"/accounts/login/{query}", f"/accounts/signup/{query}"]


def test_refused_password_is_described_by_all_that_is_wrong_with_it(client: Client) -> None:
    sent = {"email": "new@example.org", "username": "newcomer", "password1": "123"}
    body = client.post(reverse("account_signup"), sent, headers={"accept-language": "en"}).content.decode()

    described = re.search(r'<div class="field__errors" id="id_password1_error">(.*?)</div>', body, re.DOTALL)
    assert described is not None
    assert re.findall(r"</svg>(.*?)</p>", described[1]) == [
        "This password is too short. It must contain at least 8 characters.",
        "This password is too common.",
        "This password is entirely numeric.",
    ]
    assert re.search(r'name="password1"[^>]*aria-describedby="[^"]*id_password1_error', body)


@pytest.mark.parametrize(("addresses", "offered"), [(1, ["send"]), (2, ["primary", "send", "remove"])])
def test_addresses_offer_only_what_can_be_done(
    client: Client, oliver: User, addresses: int, offered: list[str]
) -> None:
    EmailAddress.objects.create(user=oliver, email=oliver.email, primary=True)
    for number in range(1, addresses):
        EmailAddress.objects.create(user=oliver, email=f"{number}@example.org")
    client.force_login(oliver)

    body = client.get(reverse("account_email")).content.decode()

    assert re.findall(r'name="action_(primary|send|remove)"', body) == offered


def test_password_reset_mail_says_where_it_comes_from(
    client: Client, oliver: User, mailoutbox: list[EmailMessage]
) -> None:
    client.post(reverse("account_reset_password"), {"email": oliver.email}, headers={"accept-language": "en"})

    (mail,) = mailoutbox
    assert mail.subject == "Choose a new password for Causerie"
    assert re.sub(r"/key/\S+", "/key/…", str(mail.body)).strip() == (
        "Hello Oliver Hart,\n\n"
        "You, or somebody else, asked for a new password for your account @oliver. This link lets you choose one. "
        "It works once, for a few days.\n\n"
        "http://testserver/accounts/password/reset/key/…\n\n"
        "If it was not you, do nothing: your password stays as it is.\n\n"
        "Causerie, an easy conversation among people\n"
        "http://testserver/"
    )


def test_room_page_says_whether_the_host_follows_whoever_looks(client: Client, room: Room, oliver: User) -> None:
    client.force_login(oliver)
    address = reverse("rooms:room", args=[room.public_id])
    before = page_data(client.get(address).content.decode())["followed_by_host"]
    follow(room.host, oliver)
    assert (before, page_data(client.get(address).content.decode())["followed_by_host"]) == (False, True)
