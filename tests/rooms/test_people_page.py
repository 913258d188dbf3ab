"""Everybody who is connected to a room, a page at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from config.lib.redis_clients import key

if TYPE_CHECKING:
    from django.test import Client
    from redis import Redis

    from rooms.models import Room


pytestmark = pytest.mark.django_db


def test_people_come_in_pages(client: Client, room: Room, redis_client: Redis) -> None:
    cards: dict[str, str] = {}
    for number in range(61):
        card = {"id": f"p{number:02}", "handle": f"h{number}", "name": f"N {number}", "portrait": "/p.svg"}
        cards[card["id"]] = json.dumps(card)
        redis_client.zadd(key("room", room.public_id, "people"), {card["id"]: number})
        redis_client.hset(key("room", room.public_id, "cards"), card["id"], f"web-1\n{cards[card['id']]}")
    address = reverse("rooms:people", args=[room.public_id])

    first = client.get(address).json()
    second = client.get(address, {"from": first["next"]}).json()

    assert [person["id"] for person in first["people"]] == sorted(cards)[:60]
    assert first["next"] == 60
    assert second == {"people": [json.loads(cards["p60"])], "next": None}


@pytest.mark.parametrize("start", ["-1", "x", "1234567890", "\u00b2"])
def test_people_from_nowhere_is_a_bad_request(client: Client, room: Room, start: str) -> None:
    assert client.get(reverse("rooms:people", args=[room.public_id]), {"from": start}).status_code == 400


def test_people_of_an_unknown_room_are_not_found(client: Client) -> None:
    assert client.get(reverse("rooms:people", args=["nothing"])).status_code == 404
