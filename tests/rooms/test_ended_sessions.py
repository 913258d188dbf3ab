"""A session that ends takes its room sockets with it, in every web process; and so does an account that is closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.services.deletion import close_account
from config.lib.handshake import Visitor
from media.models import MediaSession
from rooms.hub.room import HubRoom
from rooms.hub.visitors import VisitorWatch
from tests.factories.people import PASSWORD
from tests.rooms.sockets import MemorySocket
from tests.rooms.test_lines import opened
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def logged_in(user: User) -> tuple[Client, str]:
    browser = Client()
    browser.force_login(user)
    return browser, f"sessionid={browser.cookies['sessionid'].value}"


async def test_log_out_closes_the_sockets_of_that_session_in_all_processes(
    web: Web, other_web: Web, room: Room, oliver: User
) -> None:
    browser, here = await asyncio.to_thread(logged_in, oliver)
    path, stays = f"/ws/rooms/{room.public_id}/", await asyncio.to_thread(cookie_of, oliver)
    async with wire(web, path, here) as one, wire(other_web, path, here) as two, wire(web, path, stays) as third:
        for each in (one, two, third):
            await each.hello()
        await asyncio.to_thread(browser.post, reverse("account_logout"))
        assert [await one.closed(), await two.closed()] == [4401, 4401]
        assert await third.ask("hand.raise") == {"type": "ok", "id": "c1"}


async def test_new_password_closes_the_sockets_of_all_other_sessions(web: Web, room: Room, oliver: User) -> None:
    browser, here = await asyncio.to_thread(logged_in, oliver)
    path, other = f"/ws/rooms/{room.public_id}/", await asyncio.to_thread(cookie_of, oliver)
    async with wire(web, path, other) as elsewhere:
        await elsewhere.hello()
        form = {"oldpassword": PASSWORD, "password1": "correct horse battery", "password2": "correct horse battery"}
        answer: Any = await asyncio.to_thread(browser.post, reverse("account_change_password"), form)
        assert (answer.status_code, await elsewhere.closed()) == (302, 4401)
    assert here


async def test_closed_account_leaves_the_room_and_its_sound(web: Web, other_web: Web, room: Room, oliver: User) -> None:
    """They have only just come: nothing is written of their being there."""
    path, cookie = f"/ws/rooms/{room.public_id}/", await asyncio.to_thread(cookie_of, oliver)
    async with wire(web, path, cookie) as one, wire(other_web, path, cookie) as two:
        await one.hello()
        await two.hello()
        heard = await asyncio.to_thread(opened, room, oliver)
        await asyncio.to_thread(close_account, oliver)
        assert {await one.closed(), await two.closed()} <= {4401, 4404}
    found = await MediaSession.objects.aget(pk=heard.pk)
    assert (found.is_live, found.gone_reason) == (False, "revoked")


async def test_end_that_nobody_was_told_of_is_found(room: Room, oliver: User, yara: User) -> None:
    one = HubRoom(room.public_id)
    await one.load()
    ended, closed, stays, guest = (MemorySocket() for _ in range(4))
    for socket, user in ((ended, oliver), (closed, yara), (stays, oliver)):
        cookie = await asyncio.to_thread(cookie_of, user)
        socket.visitor = Visitor(user=user, session_key=cookie.partition("=")[2])
    for socket in (ended, closed, stays, guest):
        one.sockets.add(socket)
    await Session.objects.filter(session_key=ended.visitor.session_key).adelete()
    yara.is_active = False
    await yara.asave()
    await VisitorWatch().look({one.id: one})
    assert [socket.closed for socket in (ended, closed, stays, guest)] == [4401, 4401, None, None]
