"""The socket of a person who is on the site, over the wire of real web processes."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from accounts.consumers import BURST_FRAMES
from accounts.models import Notification, User
from accounts.notices.hub import SOCKETS_PER_PERSON, PeopleHub
from accounts.services.notification_list import mark_all_read, open_notification
from accounts.services.notifying import notify, told_of_follower
from config.lib.db import in_pool
from config.lib.handshake import Visitor
from config.lib.redis_clients import async_client
from tests.factories.people import PASSWORD
from tests.rooms.sockets import MemorySocket
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from config.lib.daphne_sockets import Frame
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PATH = "/ws/me/"
in_thread = in_pool


async def test_person_is_told_at_once_in_all_processes(web: Web, other_web: Web, ines: User, oliver: User) -> None:
    cookie = await in_thread(cookie_of)(ines)
    async with wire(web, PATH, cookie) as one, wire(other_web, PATH, cookie) as other:
        assert [await each.hear("unread") for each in (one, other)] == [{"type": "unread", "count": 0}] * 2
        await in_thread(told_of_follower)(oliver, ines)
        row = await in_thread(Notification.objects.get)()
        news = {
            "type": "notified",
            "count": 1,
            "title": "Oliver Hart vous suit",
            "text": "",
            "link": f"/notifications/{row.public_id}/",
            "about": "/@oliver/",
        }
        assert [await each.hear("notified") for each in (one, other)] == [news] * 2
        await in_thread(open_notification)(ines, row.public_id)
        assert await other.hear("unread") == {"type": "unread", "count": 0}


async def test_nobody_hears_what_another_is_told(web: Web, ines: User, oliver: User, yara: User) -> None:
    async with wire(web, PATH, await in_thread(cookie_of)(ines)) as mine:
        await mine.hear("unread")
        await in_thread(notify)([yara.pk], kind="followed", key="a", actor=oliver)
        await in_thread(notify)([ines.pk], kind="followed", key="b", actor=oliver)
        await mine.hear("notified")
        assert [frame["type"] for frame in mine.frames] == ["unread", "notified"]


async def test_calling_all_read_reaches_other_windows(web: Web, ines: User, oliver: User) -> None:
    await in_thread(told_of_follower)(oliver, ines)
    async with wire(web, PATH, await in_thread(cookie_of)(ines)) as mine:
        assert (await mine.hear("unread"))["count"] == 1
        await in_thread(mark_all_read)(ines)
        assert (await mine.hear("unread"))["count"] == 0


async def test_guest_is_closed(web: Web) -> None:
    async with wire(web, PATH) as guest:
        assert await guest.closed() == 4401


@pytest.mark.parametrize("origin", ["https://elsewhere.example", None])
async def test_other_site_is_refused(web: Web, ines: User, origin: str | None) -> None:
    cookie = await in_thread(cookie_of)(ines)
    with pytest.raises(InvalidStatus):
        async with wire(web, PATH, cookie, origin=origin):
            pass


async def test_log_out_closes_the_sockets_of_that_session(web: Web, other_web: Web, ines: User, oliver: User) -> None:
    browser = Client()
    await in_thread(browser.force_login)(ines)
    here = f"sessionid={browser.cookies['sessionid'].value}"
    elsewhere = await in_thread(cookie_of)(ines)
    async with wire(web, PATH, here) as one, wire(other_web, PATH, here) as two, wire(web, PATH, elsewhere) as stays:
        for each in (one, two, stays):
            await each.hear("unread")
        await in_thread(browser.post)(reverse("account_logout"))
        assert [await one.closed(), await two.closed()] == [4401, 4401]
        await in_thread(told_of_follower)(oliver, ines)
        assert (await stays.hear("notified"))["count"] == 1


async def test_new_password_closes_all_other_sessions(web: Web, ines: User) -> None:
    browser = Client()
    await in_thread(browser.force_login)(ines)
    async with wire(web, PATH, await in_thread(cookie_of)(ines)) as elsewhere:
        await elsewhere.hear("unread")
        form = {"oldpassword": PASSWORD, "password1": "correct horse battery", "password2": "correct horse battery"}
        answer = await in_thread(browser.post)(reverse("account_change_password"), form)
        assert (answer.status_code, await elsewhere.closed()) == (302, 4401)


@pytest.mark.parametrize(("number", "code"), [(BURST_FRAMES, None), (BURST_FRAMES + 1, 4400)])
async def test_who_sends_much_is_closed(web: Web, ines: User, oliver: User, number: int, code: int | None) -> None:
    async with wire(web, PATH, await in_thread(cookie_of)(ines)) as mine:
        await mine.hear("unread")
        for _ in range(number):
            await mine.send("anything")
        if code is not None:
            assert await mine.closed() == code
        else:
            await in_thread(told_of_follower)(oliver, ines)
            await mine.hear("notified")


async def test_person_has_so_many_windows(web: Web, ines: User) -> None:
    cookie = await in_thread(cookie_of)(ines)
    async with AsyncExitStack() as stack:
        for _ in range(SOCKETS_PER_PERSON):
            one = await stack.enter_async_context(wire(web, PATH, cookie))
            await one.hear("unread")
        above = await stack.enter_async_context(wire(web, PATH, cookie))
        assert await above.closed() == 4429


async def test_process_that_stops_asks_to_come_back(make_web: Callable[..., Web], ines: User) -> None:
    web = await in_thread(make_web)()
    async with wire(web, PATH, await in_thread(cookie_of)(ines)) as mine:
        await mine.hear("unread")
        web.send(signal.SIGTERM)
        assert 0 <= (await mine.hear("reconnect"))["after_ms"] <= 4000


class Window(MemorySocket):
    """A window without a network."""

    def __init__(self, user: User, session_key: str) -> None:
        super().__init__()
        self.visitor = Visitor(user, "en", session_key)


@pytest.fixture
async def hub() -> AsyncIterator[PeopleHub]:
    made = PeopleHub()
    yield made
    await made.close()
    layer: Any = get_channel_layer()
    await layer.flush()
    await async_client().aclose()


async def test_sweep_closes_what_ended_without_a_word(
    hub: PeopleHub, ines: User, oliver: User, yara: User, sam: User
) -> None:
    def log_in(user: User) -> Window:
        return Window(user, cookie_of(user).partition("=")[2])

    windows = {user.handle: await in_thread(log_in)(user) for user in (ines, oliver, yara, sam)}
    for window in windows.values():
        assert window.visitor.user is not None
        assert await hub.join(window, window.visitor.user.pk)

    def end_them() -> None:
        Session.objects.filter(session_key=windows["oliver"].visitor.session_key).delete()
        old = Session.objects.filter(session_key=windows["yara"].visitor.session_key)
        old.update(expire_date=timezone.now())
        User.objects.filter(pk=sam.pk).update(is_active=False)

    await in_thread(end_them)()
    await hub.sweep()
    closed = {handle: window.closed for handle, window in windows.items()}
    assert closed == {"ines": None, "oliver": 4401, "yara": 4401, "sam": 4401}


async def test_window_that_breaks_does_not_keep_the_others(hub: PeopleHub, ines: User, oliver: User) -> None:
    class Broken(Window):
        async def write(self, frame: Frame) -> None:
            del frame
            if self.frames:
                raise OSError
            self.frames.append({"type": "unread"})

    windows = [Broken(ines, "a"), Window(ines, "b"), Broken(ines, "c")]
    for window in windows:
        await hub.join(window, ines.pk)
    await in_thread(told_of_follower)(oliver, ines)
    message = {"type": "people.notified", "users": [ines.pk], "kind": "followed", "key": oliver.public_id}
    await asyncio.wait_for(hub.hear(message), 10)
    assert "notified" in [frame["type"] for frame in windows[1].frames]
