"""The relay's process: reads commands, answers offers, says how it is, and leaves in order when told to."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

from media.relay import aiortc_internals
from media.relay.bus import Bus, connect
from media.relay.epochs import SeenEpochs
from media.relay.garbage import Garbage
from media.relay.grants import check_epoch, check_secret, verify
from media.relay.keys import Keys
from media.relay.messages import (
    VERSION,
    Answered,
    Close,
    CloseRoom,
    Done,
    Drain,
    GoneReason,
    Heartbeat,
    MessageError,
    OpenListen,
    OpenPublish,
    Record,
    RefusalCode,
    RefusalError,
    Refused,
    RevokeEpoch,
    SetMuted,
    SetUnheard,
    StopRecording,
    Voices,
    decode_request,
)
from media.relay.metrics import RelayMetrics, serve_metrics, watch_lag
from media.relay.port import Port
from media.relay.receipts import Receipts
from media.relay.recording import Recordings
from media.relay.rooms import RelayRooms
from media.relay.session import Handshakes, Opening, Surroundings
from media.relay.sessions import Sessions
from media.relay.voices import Voices as Ears

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from media.relay.messages import Command, Reply, Request

log = structlog.get_logger(__name__)

# Commands being served at once. Above it the relay reads no more, and those that wait in Redis become late.
COMMANDS_AT_ONCE = 1000
# A command that comes twice comes within seconds: a client of Redis sent it again.
REQUESTS_REMEMBERED = 10_000
TICK_SECONDS = 1.0
RECEIPT_TICKS = 5
VOICES_SECONDS = 0.1
# Together below the two seconds in which a relay has stopped.
FAREWELL_SECONDS = 0.4
CLOSING_SECONDS = 0.8
CANCEL_SECONDS = 0.1


class LateError(RefusalError):
    """Nobody waits for the reply any more."""

    code = RefusalCode.LATE


class BusyError(RefusalError):
    """Too many offers wait already."""

    code = RefusalCode.BUSY


class DrainingError(RefusalError):
    """The relay is about to stop."""

    code = RefusalCode.DRAINING


@dataclass(frozen=True)
class RelayConfig:
    """What a relay must know. `relay` stays the same over restarts and differs between relays."""

    redis_url: str
    prefix: str
    secret: bytes = field(repr=False)
    relay: str
    addresses: tuple[str, ...]
    recordings: Path
    # 0: any free port, and no metrics.
    udp_port: int = 0
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    session_limit: int = 2000
    # Offers being answered at once, and those plus the waiting ones.
    offers_at_once: int = 2
    offers_limit: int = 128
    # Peers in the middle of DTLS at once, and how long one may keep others waiting.
    handshakes_at_once: int = 4
    handshake_seconds: float = 2.0
    connect_seconds: float = 20.0

    def __post_init__(self) -> None:
        check_secret(self.secret)


class Relay:
    """One life of a relay, from `run` until it is told to stop."""

    def __init__(self, config: RelayConfig) -> None:
        self.config = config
        self.incarnation = secrets.token_hex(8)
        self.counts: Counter[str] = Counter()
        self._client = connect(config.redis_url)
        keys = Keys(config.prefix)
        self._bus = Bus(self._client, keys, relay=config.relay, incarnation=self.incarnation, counts=self.counts)
        self._epochs = SeenEpochs(self._client, keys)
        handshakes = Handshakes(config.handshakes_at_once, config.handshake_seconds)
        self.metrics = RelayMetrics(
            counts=self.counts,
            sessions=lambda: self.sessions.by_kind,
            rooms=lambda: len(self.rooms),
            handshakes=lambda: handshakes.running,
        )
        self._port = Port(self.counts)
        self._voices = Ears()
        self.recordings = Recordings(config.recordings, self.counts)
        self.rooms = RelayRooms(self._port, self.counts, tap=self.recordings, ears=self._voices)
        self._receipts = Receipts(relay=config.relay, incarnation=self.incarnation, emit=self._bus.confirm)
        self.sessions = Sessions(
            Surroundings(
                port=self._port,
                rooms=self.rooms,
                counts=self.counts,
                handshakes=handshakes,
                reported=self.metrics.reported,
                heard=self._receipts.heard,
            ),
            limit=config.session_limit,
            connect_seconds=config.connect_seconds,
            emit=self._bus.emit,
            joined=self.metrics.joined,
            ended=self._receipts.close,
        )
        self._started_at = time.time()
        self._beats = 0
        self._draining = False
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._garbage = Garbage(self.counts)
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._offers = 0
        self._answering = asyncio.Semaphore(config.offers_at_once)

    async def run(self) -> None:
        """Serve until `stop` or a signal, then drain."""
        aiortc_internals.check()
        self._port.open(self.config.addresses, self.config.udp_port)
        exporter = await self._serve_metrics()
        async with asyncio.TaskGroup() as group:
            loops = [
                group.create_task(self._bus.beat(self.heartbeat)),
                group.create_task(self._bus.send_events()),
                group.create_task(self._read_commands()),
                group.create_task(self._keep_time()),
                group.create_task(self._say_voices()),
                group.create_task(watch_lag(self.metrics)),
            ]
            await self._stopping.wait()
            await self._drain()
            await _cancel(loops)
        # Only now that nothing beats any more, or the heartbeat would come back.
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._bus.leave()
        await self._client.aclose()
        if exporter is not None:
            exporter.close()
        self.recordings.close()
        self._port.close()

    def settle(self) -> None:
        """Make this process the relay's own; tests, which share theirs, leave it out."""
        self._garbage.settle()

    def stop(self) -> None:
        """Begin to drain."""
        self._stopping.set()

    def heartbeat(self) -> Heartbeat:
        self._beats += 1
        return Heartbeat(
            v=VERSION,
            relay=self.config.relay,
            incarnation=self.incarnation,
            beat=self._beats,
            started_at=self._started_at,
            addresses=list(self.config.addresses),
            sessions=len(self.sessions),
            load=len(self.sessions) / self.sessions.limit,
            draining=self._draining,
            counts=dict(self.counts),
        )

    async def _serve_metrics(self) -> asyncio.Server | None:
        if not self.config.metrics_port:
            return None
        return await serve_metrics(self.metrics, host=self.config.metrics_host, port=self.config.metrics_port)

    async def _keep_time(self) -> None:
        """Once a second: look who is silent, and send the reports that are due."""
        tick = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            tick += 1
            self.sessions.look(tick)
            self.rooms.report(tick, time.time())
            self._garbage.look()
            # Each second some of them: all at once would keep the sound waiting.
            for session in list(self.sessions)[-tick % RECEIPT_TICKS :: RECEIPT_TICKS]:
                self._receipts.take(session)

    async def _say_voices(self) -> None:
        """Ten times a second: say who is heard, if anybody is."""
        while True:
            await asyncio.sleep(VOICES_SECONDS)
            rooms = self._voices.take(time.monotonic())
            if rooms:
                await self._bus.say_voices(
                    Voices(v=VERSION, relay=self.config.relay, incarnation=self.incarnation, rooms=rooms)
                )

    async def _drain(self) -> None:
        """Tell everybody, and close what can be closed in the time there is."""
        log.info("relay_draining", sessions=len(self.sessions))
        self._draining = True
        closing = asyncio.ensure_future(self.sessions.close_all(GoneReason.DRAINING))
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await asyncio.sleep(0)
                await self._bus.announce(self.heartbeat())
                await self._bus.flush()
        except (RedisError, OSError, TimeoutError):
            self.counts["redis_errors"] += 1
        await asyncio.wait([closing, *self._tasks], timeout=CLOSING_SECONDS)

    async def _read_commands(self) -> None:
        while True:
            raw = await self._bus.next_command()
            if raw is not None:
                self._accept(raw)
            while len(self._tasks) >= COMMANDS_AT_ONCE:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    def _accept(self, raw: bytes) -> None:
        try:
            request = decode_request(raw)
        except MessageError as error:
            self.counts[f"refused_{error.code}"] += 1
            if error.request_id is not None:
                self._spawn(self._bus.reply(error.request_id, Refused(code=error.code)))
            return
        if request.id in self._recent:
            self.counts["doubled"] += 1
            return
        self._recent[request.id] = None
        if len(self._recent) > REQUESTS_REMEMBERED:
            self._recent.popitem(last=False)
        self._spawn(self._serve(request))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, request: Request) -> None:
        reply: Reply
        try:
            reply = await self._reply_to(request)
        except RefusalError as error:
            reply = Refused(code=error.code)
        except Exception:
            log.exception("command_failed", request=request.id)
            reply = Refused(code=RefusalCode.FAILED)
        self.counts[f"refused_{reply.code}" if isinstance(reply, Refused) else "done"] += 1
        await self._bus.reply(request.id, reply)

    async def _reply_to(self, request: Request) -> Reply:
        if time.time() >= request.deadline:
            raise LateError
        command = request.command
        if isinstance(command, OpenPublish | OpenListen):
            return await self._open(command, request.deadline)
        if isinstance(command, StopRecording):
            await self.recordings.stop(command.room, command.recording)
        else:
            self._do(command)
        return Done()

    def _do(self, command: Command) -> None:
        match command:
            case Close():
                self.sessions.close(command.session)
            case CloseRoom():
                self.sessions.close_room(command.room)
            case SetMuted():
                self.sessions.set_muted(room=command.room, person=command.person, muted=command.muted)
            case SetUnheard():
                self.sessions.set_unheard(command.session, frozenset(command.persons))
            case RevokeEpoch():
                self._epochs.remember(command.room, command.person, command.epoch)
                self.sessions.revoke(room=command.room, person=command.person, epoch=command.epoch)
            case Record():
                self.recordings.record(command.room, command.recording, command.persons)
            case Drain():
                self.stop()

    async def _open(self, command: OpenPublish | OpenListen, deadline: float) -> Answered:
        """Answer the offer in its turn: few at once, so that those who listen already do not notice."""
        if self._offers >= self.config.offers_limit:
            raise BusyError
        self._offers += 1
        try:
            async with self._answering:
                if time.time() >= deadline:
                    raise LateError
                return Answered(sdp=await self._answer(command))
        finally:
            self._offers -= 1

    async def _answer(self, command: OpenPublish | OpenListen) -> str:
        publish = isinstance(command, OpenPublish)
        grant = verify(
            command.grant,
            secret=self.config.secret,
            room=command.room,
            session=command.session,
            publish=publish,
            now=time.time(),
        )
        fetched = await self._epochs.fetch(grant.room, grant.person)
        # From here to the session's entry in the books there is no await: neither a raise nor the end slips through.
        if self._draining:
            raise DrainingError
        check_epoch(grant, max(fetched, self._epochs.remembered(grant.room, grant.person)))
        muted = isinstance(command, OpenPublish) and command.muted
        unheard = frozenset(command.unheard if isinstance(command, OpenListen) else ())
        return await self.sessions.open(Opening(grant, publish=publish, muted=muted, sdp=command.sdp, unheard=unheard))


async def _cancel(loops: list[asyncio.Task[None]]) -> None:
    """Cancel the loops until they have ended: a cancellation may be lost inside the client of Redis (seen in tests)."""
    while not all(loop.done() for loop in loops):
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops, timeout=CANCEL_SECONDS)


def serve(config: RelayConfig) -> None:
    """Run a relay until SIGTERM or SIGINT."""

    async def main() -> None:
        relay = Relay(config)
        relay.settle()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, relay.stop)
        with structlog.contextvars.bound_contextvars(relay=config.relay, incarnation=relay.incarnation):
            await relay.run()

    asyncio.run(main())
