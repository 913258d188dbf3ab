"""A room's socket: greets, reads commands within limits, calls one service for each, answers.

The hub writes what happens in the room; nothing here joins a channel-layer group.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import structlog
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.utils import translation

from accounts.selectors.people import person_card
from config.lib.daphne_sockets import DaphneSocket
from config.lib.db import in_pool, in_waiting_pool
from config.lib.errors import DomainError, LoginRequiredError, UnavailableError
from config.lib.handshake import Visitor, same_origin, visitor_of
from config.lib.metrics import Frames
from config.lib.public_id import new_public_id
from config.lib.token_bucket import TokenBucket
from rooms.commands import answer_command, close_offered
from rooms.enums import Action
from rooms.errors import EntryRefusedError, HelloFirstError, RoomEndedError, RoomNotLiveError, TooFastError
from rooms.hub.hub import hub
from rooms.hub.room import CLOSE_LOG_IN, CLOSE_NO_ROOM, CLOSE_OUT, CLOSE_TAKEN_OVER
from rooms.hub.seats import claim_seat
from rooms.permissions import may
from rooms.protocol import Command, Hello, OfferMedia, React, Resync, command_id_of, encode, parse_frame
from rooms.selectors import enter
from rooms.services.absence import mute_lost

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.selectors.people import PersonCard
    from config.lib.daphne_sockets import Frame
    from rooms.hub.room import HubRoom

log = structlog.get_logger(__name__)

BURST_FRAMES = 20
FRAMES_PER_SECOND = 10.0
# An offer costs the relay some milliseconds, a command mostly none. Both kinds of session and some bad luck fit in.
BURST_OFFERS = 12
OFFERS_PER_MINUTE = 60.0
# Clapping is quick, but a picture of it needs no more.
BURST_REACTIONS = 6
REACTIONS_PER_SECOND = 2.0
# A thousand may react in one second: session and account are looked at so often for that, not each time.
KNOWN_SECONDS = 30.0
MAX_BAD_FRAMES = 100
MAX_UNSENT_BYTES = 256 * 1024

# A line that broke may be back in a moment, and whoever spoke goes on; a page that said goodbye (RFC 6455 section
# 7.4.1) is gone.
LOST_SECONDS = 3.0
LEFT_CODES = frozenset({1000, 1001, CLOSE_TAKEN_OVER})

CLOSE_BAD_FRAMES = 4400
CLOSE_NO_HELLO = 4408
CLOSE_NOT_READING = 4413

# What connections still have to do after they are gone; nobody else would hold on to it.
_goodbyes: set[asyncio.Task[None]] = set()


def _keep(task: asyncio.Task[None]) -> None:
    _goodbyes.add(task)
    task.add_done_callback(_goodbyes.discard)


async def _mute_lost(room_id: str, person: User, *, after: float) -> None:
    """Let nobody be left with an open microphone whose page is no more; whoever is back by then is left alone."""
    await asyncio.sleep(after)
    try:
        await in_waiting_pool(mute_lost)(room_id, person)
    except DomainError:
        # It has ended meanwhile.
        return
    except Exception:
        # Nobody awaits this task: whatever kept the microphone open is said here or nowhere. The room goes on, and the
        # task that looks for who is absent closes it a moment later.
        log.exception("lost_microphone_open", room=room_id)


class RoomConsumer(AsyncConsumer):
    """One device in one room."""

    channel_layer_alias = False
    person: PersonCard | None = None
    ready = False
    device = ""
    removal = 0
    seated_at = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.room: HubRoom | None = None
        self.visitor = Visitor()
        self.session = new_public_id()
        self.media_sessions: set[str] = set()
        self._open = False
        self._direct: DaphneSocket | None = None
        self._bad_frames = 0
        self._bucket = TokenBucket(BURST_FRAMES, FRAMES_PER_SECOND)
        self._offers = TokenBucket(BURST_OFFERS, OFFERS_PER_MINUTE / 60)
        self._reactions = TokenBucket(BURST_REACTIONS, REACTIONS_PER_SECOND)
        self._known_until = float("-inf")
        self._waiting: deque[str] = deque()
        self._working: asyncio.Task[None] | None = None
        self._hello_timer: asyncio.TimerHandle | None = None
        try:
            await super().__call__(scope, receive, send)
        except Exception:
            # The server closes the connection but tells nobody any more: the room must not count it for ever.
            self._depart()
            raise

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler. Channels' own first hops through the process's only sync thread for every message."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        del message
        room_id = self.scope["url_route"]["kwargs"]["room_id"]
        if not same_origin(self.scope):
            await self.send({"type": "websocket.close"})
            raise StopConsumer
        try:
            self.visitor = await in_pool(visitor_of)(self.scope)
        except UnavailableError:
            # The process is about to stop: the browser asks again in a moment, and finds its successor.
            await self.send({"type": "websocket.close"})
            raise StopConsumer from None
        await self.send({"type": "websocket.accept"})
        self._open = True
        self._direct = DaphneSocket.of(self.base_send)
        try:
            self.removal = await in_pool(enter)(self.visitor.user, room_id)
            self.person = person_card(self.visitor.user) if self.visitor.user else None
            self.room = await hub().join(self, room_id)
            # A block, a ban or a change of the rule that was made meanwhile found no socket to close.
            if await in_pool(enter)(self.visitor.user, room_id) != self.removal:
                await self.close(CLOSE_OUT)
                return
        except DomainError as error:
            await self.close(self._code_of(error))
            return
        self._hello_timer = asyncio.get_running_loop().call_later(settings.ROOM_HELLO_SECONDS, self._no_hello)

    def _code_of(self, error: DomainError) -> int:
        if not isinstance(error, EntryRefusedError):
            return CLOSE_NO_ROOM
        return CLOSE_OUT if self.visitor.user else CLOSE_LOG_IN

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        text = message.get("text") or ""
        if not self._bucket.take() or len(self._waiting) >= BURST_FRAMES:
            await self._refuse(text, TooFastError())
            return
        self._waiting.append(text)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self._depart()
        # Whoever was told to come back says goodbye too, and means to go on.
        left = message.get("code") in LEFT_CODES and not hub().is_draining
        goodbye = asyncio.create_task(self._say_goodbye(left=left))
        _keep(goodbye)
        # Daphne cancels what takes too long; what was begun is finished nevertheless.
        await asyncio.shield(goodbye)
        raise StopConsumer

    async def write(self, frame: Frame) -> None:
        """Send a frame; a client that leaves too much unread is closed instead."""
        if not self._open:
            return
        Frames.sent += 1
        if self._direct is None:
            await self.base_send({"type": "websocket.send", "text": frame.text})
        elif self._direct.unsent > MAX_UNSENT_BYTES:
            await self.close(CLOSE_NOT_READING)
        else:
            self._direct.write(frame.framed)

    async def close(self, code: int) -> None:
        """Close the socket from this side."""
        if self._open:
            self._open = False
            await self.base_send({"type": "websocket.close", "code": code})

    def silent_for(self) -> float:
        """Return for how long nothing came over the line; under another server than Daphne that is unknown: 0."""
        return 0.0 if self._direct is None else time.monotonic() - self._direct.heard_at

    def forgive(self) -> None:
        """Count the line's silence anew."""
        if self._direct is not None:
            self._direct.heard_at = time.monotonic()

    def ping_every(self, seconds: float) -> None:
        """Ask for a sign of life if there was none for so long."""
        if self._direct is not None and self._open:
            self._direct.ping_every(seconds)

    def _depart(self) -> None:
        """Leave the room and write nothing more."""
        self._open = False
        if self._hello_timer is not None:
            self._hello_timer.cancel()
        if self.room is not None:
            hub().leave(self, self.room)

    async def _say_goodbye(self, *, left: bool) -> None:
        """Finish the command that was begun, as its sender may have seen half of it, and end the media sessions."""
        if self._working is not None:
            await asyncio.gather(self._working, return_exceptions=True)
        try:
            await close_offered(self)
        except Exception:
            # Database, Redis or relay may be away, each with errors of its own. The microphone is still to be closed
            # below, and what sound is left the sweep ends.
            log.exception("goodbye_failed", room=self.room and self.room.id)
        if self.room is not None and self.visitor.user is not None and self.room.speaks(self.person):
            _keep(asyncio.create_task(_mute_lost(self.room.id, self.visitor.user, after=0 if left else LOST_SECONDS)))

    def _no_hello(self) -> None:
        if not self.ready:
            self._closing = asyncio.ensure_future(self.close(CLOSE_NO_HELLO))

    async def _work(self) -> None:
        """Handle frames one after the other, in the order in which they came."""
        while self._waiting and self._open:
            text = self._waiting.popleft()
            try:
                await self._handle(text)
            except DomainError as error:
                await self._refuse(text, error)
            except Exception:
                # A bug in one command, or a database that is away, costs an answer, not the socket: as a 500 would.
                log.exception("frame_failed", room=self.room and self.room.id)
                await self._refuse(text, UnavailableError())

    async def _handle(self, text: str) -> None:
        frame = parse_frame(text)
        if self.room is None:
            return
        if isinstance(frame, Hello):
            await self._greet(self.room, frame)
        elif not self.ready:
            raise HelloFirstError
        elif isinstance(frame, Resync):
            await self.write(self.room.catch_up(frame.last_seq))
        elif isinstance(frame, React):
            await self._react(self.room, frame)
        elif isinstance(frame, Command):
            await self._obey(self.room, frame)

    async def _obey(self, room: HubRoom, frame: Command) -> None:
        if isinstance(frame, OfferMedia) and not self._offers.take():
            raise TooFastError
        answer = await answer_command(self, room.id, frame)
        await self.write(encode({"type": "ok", "id": frame.id, **answer}))
        if isinstance(frame, OfferMedia):
            await room.hold_media(self, answer["media_session"], listens=frame.kind == "listen")

    async def _react(self, room: HubRoom, frame: React) -> None:
        """Count a reaction. It is no change of the room: no row, no event."""
        if not may(room.role_of(self.person), Action.REACT):
            raise LoginRequiredError
        if room.has_ended:
            raise RoomEndedError
        if room.is_coming:
            raise RoomNotLiveError
        if not self._reactions.take():
            raise TooFastError
        if time.monotonic() >= self._known_until:
            await in_pool(self.visitor.user_now)()
            self._known_until = time.monotonic() + KNOWN_SECONDS
        room.reactions.give(frame.name)
        hub().tallies.react(room.id, frame.name)
        await self.write(encode({"type": "ok", "id": frame.id}))

    async def _greet(self, room: HubRoom, frame: Hello) -> None:
        await self.write(encode({"type": "welcome", "you": self.person, "session": self.session}))
        if not self._open:
            return
        if not self.ready:
            self.device, self.seated_at = frame.device, time.time_ns() // 1000
            room.greet(self)
            self._claiming = asyncio.create_task(claim_seat(room, self, take=frame.take))
        await self.write(room.catch_up(frame.last_seq))
        if room.audience is not None:
            # A second tab changes no count: without this it would wait for the next pulse that is due. And what follows
            # says only what is different.
            await self.write(room.pulse(room.told))
        if (talking := room.talking.frame()) is not None:
            await self.write(talking)

    async def _refuse(self, text: str, error: DomainError) -> None:
        """Answer with the error; only so many bad frames are worth an answer."""
        self._bad_frames += error.code in {"bad_frame", "unknown_type", "too_large", "too_fast", "hello_first"}
        with translation.override(self.visitor.language):
            message = str(error)
        await self.write(encode({"type": "error", "id": command_id_of(text), "code": error.code, "message": message}))
        if self._bad_frames > MAX_BAD_FRAMES:
            await self.close(CLOSE_BAD_FRAMES)
