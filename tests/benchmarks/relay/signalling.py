"""Opens media sessions as the web processes do: a signed grant and an offer over Redis, the answer back."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

import redis.asyncio

from media.relay.grants import Grant, sign
from media.relay.keys import Keys
from media.relay.messages import (
    VERSION,
    Answered,
    OpenListen,
    OpenPublish,
    RefusalCode,
    Refused,
    Request,
    decode_heartbeat,
    decode_reply,
    encode,
)

if TYPE_CHECKING:
    from media.relay.messages import Command, Reply

PREFIX = "bench"
SECRET = b"the secret of the relays in benchmarks"
ROOM = "r1"
REPLY_SECONDS = 30
# How long whoever was told that too many wait already leaves the relay in peace, as a browser does.
BUSY_SECONDS = 0.25


class Signalling:
    """Speaks to the only relay of this benchmark's Redis."""

    def __init__(self, redis_url: str) -> None:
        # Whoever waits for a reply holds a connection.
        self._client = redis.asyncio.Redis.from_url(redis_url, max_connections=5000, socket_timeout=REPLY_SECONDS + 5)
        self._keys = Keys(PREFIX)
        self._incarnation = ""
        self.busy = 0

    async def find(self) -> None:
        """Wait until a relay has announced itself."""
        for _ in range(200):
            names: Any = await self._client.zrange(self._keys.index, 0, -1)
            if names:
                self._incarnation = names[-1].decode()
                return
            await asyncio.sleep(0.05)
        msg = "no relay has announced itself"
        raise ConnectionError(msg)

    async def open(self, sdp: str, *, session: str, person: str, publish: bool = False) -> str:
        """Return the answer. Raises ConnectionError if the relay refuses for good."""
        grant = Grant(
            person=person, room=ROOM, session=session, may_publish=publish, epoch=0, expires_at=time.time() + 60
        )
        token = sign(grant, secret=SECRET)
        command: Command = (
            OpenPublish(session=session, room=ROOM, grant=token, sdp=sdp, muted=False)
            if publish
            else OpenListen(session=session, room=ROOM, grant=token, sdp=sdp)
        )
        while (reply := await self._ask(command)) == Refused(code=RefusalCode.BUSY):
            self.busy += 1
            await asyncio.sleep(BUSY_SECONDS)
        if not isinstance(reply, Answered):
            raise ConnectionError(repr(reply))
        return reply.sdp

    async def _ask(self, command: Command) -> Reply:
        request = Request(v=VERSION, id=secrets.token_hex(8), deadline=time.time() + REPLY_SECONDS, command=command)
        client: Any = self._client
        await client.rpush(self._keys.commands(self._incarnation), encode(request))
        popped = await client.blpop([self._keys.reply(request.id)], REPLY_SECONDS)
        if popped is None:
            msg = "no reply"
            raise ConnectionError(msg)
        return decode_reply(popped[1]).reply

    async def counts(self) -> dict[str, int]:
        """Return what the relay has counted."""
        client: Any = self._client
        return decode_heartbeat(await client.get(self._keys.heartbeat(self._incarnation))).counts

    async def close(self) -> None:
        await self._client.aclose()
