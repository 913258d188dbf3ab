"""A session that ends takes its room sockets with it, in every web process; and so does an account that is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.services.deletion import close_account
from config.lib.db import in_pool
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
    browser, here = await in_pool(logged_in)(oliver)
    path, stays = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    async with wire(web, path, here) as one, wire(other_web, path, here) as two, wire(web, path, stays) as third:
        for each in (one, two, third):
            await each.hello()
        await in_pool(browser.post)(reverse("account_logout"))
        assert [await one.closed(), await two.closed()] == [4401, 4401]
        assert await third.ask("hand.raise") == {"type": "ok", "id": "c1"}


async def test_new_password_closes_the_sockets_of_all_other_sessions(web: Web, room: Room, oliver: User) -> None:
    browser, here = await in_pool(logged_in)(oliver)
    path, other = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    async with wire(web, path, other) as elsewhere:
        await elsewhere.hello()
        form = {"oldpassword": PASSWORD, "password1": "correct horse battery", "password2": "correct horse battery"}
        answer: Any = await in_pool(browser.post)(reverse("account_change_password"), form)
        assert (answer.status_code, await elsewhere.closed()) == (302, 4401)
    assert here


async def test_closed_account_leaves_the_room_and_its_sound(web: Web, other_web: Web, room: Room, oliver: User) -> None:
    """They have only just come: nothing is written of their being there."""
    path, cookie = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    async with wire(web, path, cookie) as one, wire(other_web, path, cookie) as two:
        await one.hello()
        await two.hello()
        heard = await in_pool(opened)(room, oliver)
        await in_pool(close_account)(oliver)
        assert {await one.closed(), await two.closed()} <= {4401, 4404}
    found = await in_pool(MediaSession.objects.get)(pk=heard.pk)
    assert (found.is_live, found.gone_reason) == (False, "revoked")


async def test_end_that_nobody_was_told_of_is_found(room: Room, oliver: User, yara: User) -> None:
    one = HubRoom(room.public_id)
    await one.load()
    ended, closed, stays, guest = (MemorySocket() for _ in range(4))
    for socket, user in ((ended, oliver), (closed, yara), (stays, oliver)):
        cookie = await in_pool(cookie_of)(user)
        socket.visitor = Visitor(user=user, session_key=cookie.partition("=")[2])
    for socket in (ended, closed, stays, guest):
        one.sockets.add(socket)
    await in_pool(Session.objects.filter(session_key=ended.visitor.session_key).delete)()
    yara.is_active = False
    await in_pool(yara.save)()
    await VisitorWatch().look({one.id: one})
    assert [socket.closed for socket in (ended, closed, stays, guest)] == [4401, 4401, None, None]
