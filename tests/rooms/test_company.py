"""People who are held present without a browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from accounts.selectors.people import person_card
from rooms.bot.company import keep_company
from rooms.presence import Presence, counts_of, people_of
from tests.relay.peers import until

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db(transaction=True)


async def test_company_is_there_until_it_is_told_to_stop(room: Room, yara: User) -> None:
    stop = asyncio.Event()
    card = person_card(yara)

    async def look() -> dict[str, dict[str, object]]:
        return {room.public_id: {card["id"]: card}}

    task = asyncio.create_task(keep_company(look, asyncio.create_task(stop.wait())))  # type: ignore[arg-type]
    await until(lambda: people_of(room.public_id, offset=0, limit=9) == [card], "the company in Redis")
    stop.set()
    await task
    await Presence("another").sweep()

    assert counts_of([room.public_id]) == {room.public_id: {"people": 0, "guests": 0}}
