"""One account that speaks in one room: keeps a socket and a publishing connection alive, whatever happens to them."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
import websockets
from django.utils.translation import gettext as _
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from config.lib.db import in_pool
from rooms.bot.backoff import Backoff
from rooms.bot.errors import BotError
from rooms.bot.link import Link, RefusedError
from rooms.bot.login import cookie, log_in, log_out
from rooms.bot.publisher import Publisher
from rooms.bot.voice import Voice
from rooms.enums import OVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.bot.site import Site

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 10.0
# A visit this long has worked: the next one begins without much waiting.
STEADY_SECONDS = 5.0
LEAVE_SECONDS = 1.0
CLOSE_NO_ROOM = 4404
# Refusals that pass by themselves; `forbidden` and `room_ended` are followed by the event that says why.
PASSING = frozenset({"relay_unavailable", "unavailable", "too_fast", "forbidden", "room_ended"})


class Speaker:
    """`run` it until it is over; `voice` is heard while it is open.

    It opens its microphone when it comes, when it is brought up to the stage and, if it `consents` to that, when a
    recording has closed it; whoever else closes it has the last word. A `patient` speaker waits through everything that
    people may change again; another gives up with a BotError.
    """

    def __init__(self, site: Site, room_id: str, user: User, *, patient: bool = False, consents: bool = False) -> None:
        self.voice = Voice()
        self._site = site
        self._room_id = room_id
        self._user = user
        self._patient = patient
        self._consents = consents
        self._visits = Backoff(0.5, 15.0)
        self._offers = Backoff(0.3, 5.0)
        self._changed = asyncio.Event()
        self._link: Link | None = None
        self._publisher: Publisher | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._was_here = False
        self._has_opened = False
        self._was_recorded = False
        self._yielded = False
        self._leaving = False

    async def accompanied(self, own: int) -> None:
        """Wait until more people than `own` are connected to the room, guests included."""
        while self._link is None or self._link.audience <= own:
            self._changed.clear()
            await self._changed.wait()

    async def run(self) -> None:
        """Speak until cancelled. Raises BotError when that is not possible (any more)."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                began, wait = loop.time(), None
                try:
                    wait = await self._visit()
                except (OSError, WebSocketException, TimeoutError) as error:
                    self._weigh_failure(error)
                if loop.time() - began > STEADY_SECONDS:
                    self._visits.reset()
                await asyncio.sleep(self._visits.delay() if wait is None else wait)
        finally:
            await self._end_publishing()
            if self._closing:
                await asyncio.wait(self._closing)

    async def leave(self) -> None:
        """Close the microphone and the media session, as far as that is quick. `run` is to be cancelled next."""
        self._leaving = True
        link, publisher = self._link, self._publisher
        if link is None:
            return
        with contextlib.suppress(RefusedError, WebSocketException, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                # Whatever the state says: the event that opened it may be on its way.
                if link.seat() is not None:
                    await link.ask("mic.mute")
                if publisher is not None and publisher.media_session:
                    await link.ask("media.close", media_session=publisher.media_session)

    async def _visit(self) -> float | None:
        """Stay on one socket as long as it lasts; return the seconds after which the server wants us back."""
        session = await in_pool(log_in)(self._user)
        try:
            async with websockets.connect(
                self._site.socket_url(self._room_id),
                origin=self._site.origin,  # type: ignore[arg-type]  # a NewType of str
                additional_headers={"Cookie": cookie(session), "Accept-Language": self._user.language or "en"},
                compression=None,
                proxy=None,
                close_timeout=LEAVE_SECONDS,
            ) as socket:
                return await self._attend(Link(socket, self._on_change))
        finally:
            self._link = None
            await in_pool(log_out)(session)

    async def _attend(self, link: Link) -> float | None:
        self._link = link
        tasks = {asyncio.create_task(link.read()), asyncio.create_task(self._act(link))}
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return link.come_back

    async def _act(self, link: Link) -> None:
        """Publish whenever that is possible, for ever."""
        if not await link.greet():
            msg = _("%(handle)s cannot log in: the account is closed.") % {"handle": self._user.handle}
            raise BotError(msg)
        self._was_here = True
        await self._until(link, lambda: link.state is not None)
        # What was published through a socket before ours went on until now.
        await self._end_publishing()
        while True:
            await self._until(link, lambda: link.seat() is not None and not self._yielded)
            try:
                await self._publish(link)
            except RefusedError as error:
                self._weigh_refusal(error)
            except TimeoutError:
                log.info("bot_not_connected", room=self._room_id)
            await self._end_publishing()
            await asyncio.sleep(self._offers.delay())

    async def _publish(self, link: Link) -> None:
        """Send sound until that is over. Raises RefusedError, TimeoutError."""
        publisher = self._publisher = Publisher(self.voice, self._on_change)
        answer = await link.ask("media.offer", kind="publish", sdp=await publisher.offer())
        await publisher.accept(answer["sdp"], answer["media_session"])
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._until(link, lambda: publisher.connected or self._is_over(link, publisher))
        if publisher.connected:
            self._offers.reset()
        while publisher.connected and not self._is_over(link, publisher):
            await self._open_microphone(link)
            await self._until(link, lambda: self._is_over(link, publisher) or not self._has_opened)

    async def _open_microphone(self, link: Link) -> None:
        """Open it unless that was done before: whoever closed it since then meant it."""
        if self._has_opened:
            return
        was_recorded = self._was_recorded
        await link.ask("mic.unmute", consent=self._consents)
        # The answer may overtake the event, and somebody may close it in the same moment.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._until(link, lambda: not _is_muted(link))
        # A recording that began meanwhile has closed it again.
        self._has_opened = was_recorded or not (self._was_recorded and self._consents)

    def _is_over(self, link: Link, publisher: Publisher) -> bool:
        reason = link.gone.get(publisher.media_session)
        # A person who speaks by the same account, from a browser, has precedence.
        self._yielded = self._yielded or reason == "replaced"
        return publisher.lost or reason is not None or link.seat() is None

    async def _until(self, link: Link, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds. Raises BotError as soon as there is nothing more to wait for."""
        while True:
            self._check(link)
            if condition():
                return
            self._changed.clear()
            await self._changed.wait()

    def _check(self, link: Link) -> None:
        if link.state is None or self._leaving:
            return
        names = {"handle": self._user.handle, "title": link.state["room"]["title"]}
        if link.state["room"]["state"] in OVER:
            raise BotError(_("“%(title)s” has ended.") % names)
        self._has_opened = self._has_opened and link.seat() is not None
        if self._patient:
            return
        if link.seat() is None:
            raise BotError(_("%(handle)s is no longer on the stage of “%(title)s”.") % names)
        if self._has_opened and _is_muted(link):
            if self._was_recorded:
                raise BotError(_("“%(title)s” is recorded: with --consent %(handle)s goes on speaking.") % names)
            raise BotError(_("Somebody has muted %(handle)s in “%(title)s”.") % names)
        if self._yielded:
            raise BotError(_("Somebody else now speaks as %(handle)s in “%(title)s”.") % names)

    def _on_change(self) -> None:
        """Let the voice be heard exactly while it would reach somebody, and wake what waits."""
        link, publisher = self._link, self._publisher
        if link is not None and link.state is not None:
            self._heed_recording(is_recorded=link.state["room"].get("recording", False))
        if link is not None and link.state is not None and _is_muted(link):
            self.voice.cut()
        elif publisher is not None and publisher.connected:
            self.voice.open()
        else:
            self.voice.close()
        self._changed.set()

    def _heed_recording(self, *, is_recorded: bool) -> None:
        """A recording that begins closes every microphone: open ours again if it was open and we consent."""
        if is_recorded and not self._was_recorded and self._consents and self.voice.is_open:
            self._has_opened = False
        self._was_recorded = is_recorded

    async def _end_publishing(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            self.voice.close()
            # Cancelled halfway, aiortc's own end of the same connection would fail.
            closing = asyncio.create_task(publisher.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            await asyncio.shield(closing)

    def _weigh_refusal(self, error: RefusedError) -> None:
        log.info("bot_refused", room=self._room_id, code=error.code)
        if error.code == "login_required":
            # The session has run out: the next visit begins with another.
            raise ConnectionAbortedError(error.code)
        if error.code == "consent_needed":
            raise BotError(_("This room is recorded: --consent says that the files may be.")) from error
        if error.code not in PASSING:
            raise BotError(str(error)) from error

    def _weigh_failure(self, error: Exception) -> None:
        """Raise BotError if coming again makes no sense."""
        if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code == CLOSE_NO_ROOM:
            raise BotError(_("There is no such room any more.")) from error
        if self._was_here or self._patient:
            log.info("bot_away", room=self._room_id, reason=type(error).__name__)
            return
        if isinstance(error, InvalidStatus) and error.response.status_code == HTTPStatus.FORBIDDEN:
            msg = _("%(site)s refuses the connection: it must be one of its ALLOWED_HOSTS.")
            raise BotError(msg % {"site": self._site}) from error
        msg = _("%(site)s does not answer: start Causerie there, or say with --url where it is.")
        raise BotError(msg % {"site": self._site}) from error


def _is_muted(link: Link) -> bool:
    seat = link.seat()
    return seat is None or seat["muted"]
