"""One room as one web process knows it: its sockets, who is here, and what is written to them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

import structlog

from rooms.hub.media import MediaHolders
from rooms.hub.reactions import Reactions
from rooms.hub.samples import sample_changes
from rooms.hub.stream import EventStream
from rooms.hub.talking import Talking
from rooms.protocol import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from accounts.selectors.people import PersonCard
    from config.lib.daphne_sockets import Frame
    from config.lib.handshake import Visitor
    from rooms.presence import Audience

log = structlog.get_logger(__name__)

# Sockets written to before others get the loop again: about 5 ms of work.
CHUNK = 100
# Time for the last event to be read before an ended room's sockets are closed.
CLOSE_AFTER_END_SECONDS = 5.0
CLOSE_ENDED = 1000
CLOSE_NO_ROOM = 4404
CLOSE_TAKEN_OVER = 4409
# May not be here, or not any more: the room's page says why.
CLOSE_OUT = 4403
# Somebody without an account, in a room that asks for one.
CLOSE_LOG_IN = 4401


class Socket(Protocol):
    """What a room needs of a connection."""

    person: PersonCard | None
    # Whether hello was answered: only then frames may follow.
    ready: bool
    # The latest time that they were sent out of this room, when the socket was opened.
    removal: int

    # Which visit of which page it is, and which connection of it; empty for what knows no seats.
    device: str
    session: str
    visitor: Visitor
    # When it claimed the person's seat, in microseconds since 1970; 0 until it has.
    seated_at: int

    async def write(self, frame: Frame) -> None: ...

    async def close(self, code: int) -> None: ...

    def silent_for(self) -> float:
        """Return for how many seconds the line has given no sign of life."""
        ...

    def forgive(self) -> None:
        """Count the silence anew."""
        ...

    def ping_every(self, seconds: float) -> None:
        """Ask for a sign of life if there was none for so long."""
        ...


class HubRoom(EventStream):
    """A room's stream of events with the sockets that it is written to."""

    def __init__(self, room_id: str) -> None:
        super().__init__(room_id)
        self.loading = asyncio.Lock()
        self.sockets: set[Socket] = set()
        # How many sockets each person has here, and their card; guests are only counted.
        self.people: dict[str, tuple[int, PersonCard]] = {}
        self.guests = 0
        # Sockets whose line is silent: still open, and counted as away.
        self.quiet: set[Socket] = set()
        # Those that are being closed because their person sits elsewhere.
        self._unseated: WeakSet[Socket] = WeakSet()
        self.arrived: dict[str, PersonCard] = {}
        self.departed: set[str] = set()
        self.guests_changed = False
        self.audience: Audience | None = None
        # What everybody was last told of it: the next pulse says what is different.
        self.told: Audience | None = None
        self.audience_stale = True
        self.followed = False
        self.emptied_at = time.monotonic()
        self.kept_at = float("-inf")
        self.pulsed_at = float("-inf")
        self._closing: asyncio.Task[None] | None = None
        # One frame after the other: a pulse that overtook its events would make thousands ask for them.
        self._writing = asyncio.Lock()
        self.media = MediaHolders()
        self.talking = Talking(self)
        self.reactions = Reactions(self)

    # --- what a socket is sent ---

    async def tell(self, events: list[dict[str, Any]]) -> None:
        """Write the events to every socket, and do what follows of them here."""
        self._renew_cards(events)
        self.audience_stale = True
        await self.write_to_all(encode({"type": "events", "events": events}))
        self._close_if_ended()
        if not self.welcomes_guests:
            await self._close_with(CLOSE_LOG_IN, lambda socket: socket.person is None)

    async def write_to_all(self, frame: Frame) -> None:
        """Write the frame to every socket that was greeted, letting others run in between."""
        async with self._writing:
            for chunk in _chunks([socket for socket in self.sockets if socket.ready]):
                await self._write_to(chunk, frame)
                await asyncio.sleep(0)

    async def write_volatile(self, frame: Frame) -> None:
        """Write a frame that bears no number to who does not hear the room; events that come meanwhile go first."""
        await self._write_between(self.without_sound(), frame)

    async def write_lightly(self, frame: Frame) -> None:
        """Write a frame that bears no number to everybody; events that come meanwhile go first."""
        await self._write_between([socket for socket in self.sockets if socket.ready], frame)

    async def _write_between(self, sockets: Sequence[Socket], frame: Frame) -> None:
        for chunk in _chunks(sockets):
            async with self._writing:
                await self._write_to(chunk, frame)
            await asyncio.sleep(0)

    async def _write_to(self, sockets: Iterable[Socket], frame: Frame) -> None:
        for socket in sockets:
            try:
                await socket.write(frame)
            except Exception:
                # One broken connection must not keep the frame from the others.
                log.exception("socket_broken", room=self.id)
                self.remove(socket)

    def without_sound(self) -> list[Socket]:
        """Return the greeted sockets without a session that listens: the others hear who talks."""
        return [socket for socket in self.sockets if socket.ready and not self.media.listens(socket)]

    def pulse(self, audience: Audience | None = None) -> Frame:
        """Return the volatile frame, whole; until Redis has answered once it counts this process's own people."""
        here: Audience = {"people": len(self.people), "guests": self.guests, "away": [], "sample": []}
        return encode({"type": "pulse", "seq": self.seq, "audience": audience or self.audience or here})

    def next_pulse(self) -> Frame:
        """Return the same for those who know what was told last: of the sample it says who came and who went."""
        told, self.told = self.told, self.audience
        if told is None or self.audience is None:
            return self.pulse()
        changes = {**self.audience, **sample_changes(told["sample"], self.audience["sample"])}
        if "came" in changes:
            changes.pop("sample")
        return encode({"type": "pulse", "seq": self.seq, "audience": changes})

    # --- media sessions ---

    async def hold_media(self, socket: Socket, media_session: str, *, listens: bool) -> None:
        """Remember whose session it is; should it have ended meanwhile, say so."""
        if socket not in self.sockets:
            # It went while the relay was asked, and closes what it has opened.
            return
        if (reason := self.media.hold(socket, media_session, listens=listens)) is not None:
            await socket.write(_gone(media_session, reason))

    async def end_media(self, ended: Iterable[tuple[str, str]]) -> None:
        """Tell the sockets that held them that these sessions, each with its reason, have ended."""
        for number, (media_session, reason) in enumerate(ended, start=1):
            socket = self.media.end(media_session, reason)
            if socket is not None:
                await self._write_to([socket], _gone(media_session, reason))
            if number % CHUNK == 0:
                await asyncio.sleep(0)

    # --- one seat for each person ---

    def seated_elsewhere(self, person_id: str, device: str, *, before: int) -> list[Socket]:
        """Return the person's living connections from other devices that sat down before that moment."""
        return [
            one
            for one in self.sockets
            if one.ready and one.person is not None and one.person["id"] == person_id
            and one.device not in {"", device} and 0 < one.seated_at < before
            and one not in self.quiet and one not in self._unseated
        ]  # fmt: skip

    async def unseat(self, sockets: Iterable[Socket]) -> None:
        """Close connections whose person sits at another device now."""
        for socket in sockets:
            self._unseated.add(socket)
            await self.close_socket(socket, CLOSE_TAKEN_OVER)

    async def unseat_session(self, session: str) -> None:
        """Close one connection, by its name, for the same reason."""
        await self.unseat([one for one in self.sockets if one.session == session])

    async def tell_moved(self, session: str) -> None:
        """Let a connection know that it has taken the seat over from another device."""
        await self._write_to([one for one in self.sockets if one.session == session], encode({"type": "seat.moved"}))

    async def close_socket(self, socket: Socket, code: int) -> None:
        """Close a socket of this room; one that cannot be closed is taken out."""
        try:
            await socket.close(code)
        except Exception:
            log.exception("socket_broken", room=self.id)
            self.remove(socket)

    # --- who may no longer be here ---

    async def shut_out(self, people: Iterable[str]) -> None:
        """Close the sockets of these people (public ids): for them there is no such room any more."""
        unwelcome = set(people)
        await self._close_with(CLOSE_NO_ROOM, lambda socket: _id_of(socket) in unwelcome)

    async def ban(self, people: Iterable[str]) -> None:
        """Close the sockets of these people (public ids), who may not be here any more."""
        unwelcome = set(people)
        await self._close_with(CLOSE_OUT, lambda socket: _id_of(socket) in unwelcome)

    async def send_out(self, removed: Mapping[str, int]) -> None:
        """Close the sockets that these people (public ids) had when they were sent out, each known by its number.

        Who has come back since then knows of it.
        """
        await self._close_with(CLOSE_OUT, lambda socket: socket.removal < removed.get(_id_of(socket), 0))

    async def _close_with(self, code: int, which: Callable[[Socket], bool]) -> None:
        for number, socket in enumerate([one for one in self.sockets if which(one)], start=1):
            await self.close_socket(socket, code)
            if number % CHUNK == 0:
                await asyncio.sleep(0)

    async def tell_blocks(self, people: Iterable[str]) -> None:
        """Let the sockets of these people know that who hears whom has changed for them."""
        told = set(people)
        sockets = [one for one in self.sockets if one.ready and one.person is not None and one.person["id"] in told]
        await self._write_between(sockets, encode({"type": "blocks.changed"}))

    # --- who is here ---

    @property
    def untold(self) -> bool:
        """Whether Redis does not know yet who came or left."""
        return bool(self.arrived or self.departed or self.guests_changed)

    def greet(self, socket: Socket) -> None:
        """Count a socket's person as present and let frames reach it."""
        socket.ready = True
        self._close_if_ended()
        self._count_in(socket)

    def hush(self, socket: Socket) -> None:
        """Count a socket whose line has fallen silent as away."""
        if socket.ready and socket not in self.quiet:
            self.quiet.add(socket)
            self._count_out(socket)

    def hear(self, socket: Socket) -> None:
        """Count it as here again."""
        if socket in self.quiet:
            self.quiet.discard(socket)
            self._count_in(socket)

    def remove(self, socket: Socket) -> None:
        """Take a socket out; with their last one the person is gone."""
        self.sockets.discard(socket)
        self.media.forget(socket)
        self.emptied_at = time.monotonic()
        if not socket.ready:
            return
        socket.ready = False
        if socket in self.quiet:
            self.quiet.discard(socket)
        else:
            self._count_out(socket)

    def _count_in(self, socket: Socket) -> None:
        if socket.person is None:
            self.guests += 1
            self.guests_changed = True
            return
        person_id = socket.person["id"]
        sockets, _ = self.people.get(person_id, (0, socket.person))
        self.people[person_id] = (sockets + 1, socket.person)
        self.arrived[person_id] = socket.person
        self.departed.discard(person_id)

    def _count_out(self, socket: Socket) -> None:
        if socket.person is None:
            self.guests -= 1
            self.guests_changed = True
            return
        person_id = socket.person["id"]
        sockets, card = self.people.pop(person_id)
        if sockets > 1:
            self.people[person_id] = (sockets - 1, card)
        else:
            self.departed.add(person_id)
            self.arrived.pop(person_id, None)

    def claim_again(self, away: Iterable[str]) -> None:
        """Let Redis know once more of those who are here, though it thinks them away: another process let them go."""
        for person_id in self.people.keys() & set(away):
            self.arrived[person_id] = self.people[person_id][1]

    @property
    def shown_ids(self) -> set[str]:
        """Whose absence everybody would see: the stage and the queue."""
        return {*self.stage_ids, *self.queue_ids}

    def _renew_cards(self, events: Iterable[dict[str, Any]]) -> None:
        """Let whoever changed how they are shown be shown so in the audience too."""
        changed = {event["person"]["id"]: event["person"] for event in events if event["type"] == "person.changed"}
        if not changed:
            return
        for socket in self.sockets:
            if socket.person is not None:
                socket.person = changed.get(socket.person["id"], socket.person)
        for person_id in changed.keys() & self.people.keys():
            sockets, _ = self.people[person_id]
            self.people[person_id] = (sockets, changed[person_id])
            self.arrived[person_id] = changed[person_id]

    # --- the end ---

    def _close_if_ended(self) -> None:
        """Give everybody a moment to read of the end, also those who come when all is over."""
        if self.has_ended and self._closing is None:
            self._closing = asyncio.create_task(self._close_sockets())

    async def _close_sockets(self) -> None:
        await asyncio.sleep(CLOSE_AFTER_END_SECONDS)
        # Whoever is greeted from now on needs another turn.
        self._closing = None
        await self._close_with(CLOSE_ENDED, lambda _: True)

    def close(self) -> None:
        """Forget what is planned."""
        super().close()
        self.talking.close()
        self.reactions.close()
        if self._closing is not None:
            self._closing.cancel()


def _chunks(sockets: Sequence[Socket]) -> Iterator[Sequence[Socket]]:
    for start in range(0, len(sockets), CHUNK):
        yield sockets[start : start + CHUNK]


def _id_of(socket: Socket) -> str:
    """Return whose socket it is; nobody's for a guest."""
    return socket.person["id"] if socket.person is not None else ""


def _gone(media_session: str, reason: str) -> Frame:
    return encode({"type": "media.gone", "media_session": media_session, "reason": reason})
