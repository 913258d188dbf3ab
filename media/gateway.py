"""The way from Django to the relays: one command, one reply, over Redis."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from redis.exceptions import RedisError

from config.lib.redis_clients import TIMEOUT_SECONDS, sync_client
from media.errors import RelayUnavailableError
from media.relay.keys import COMMANDS_SECONDS, Keys
from media.relay.messages import VERSION, MessageError, Request, decode_reply, encode

if TYPE_CHECKING:
    from media.relay.messages import Command, Reply

log = structlog.get_logger(__name__)

# Unread commands of a relay above which it gets no more.
COMMANDS_WAITING_LIMIT = 2000
# One BLPOP must end before the client's socket gives up.
BLOCK_SECONDS = TIMEOUT_SECONDS / 2
# How far a reply may come after its deadline and still be read.
GRACE_SECONDS = 0.2


def keys() -> Keys:
    return Keys(settings.REDIS_PREFIX)


def request(incarnation: str, command: Command, *, timeout: float, valid_seconds: float = 0.0) -> Reply:
    """Send a command to one life of a relay and return its reply. Raises RelayUnavailableError.

    `timeout` (seconds) is also the command's deadline, unless `valid_seconds` is later: the relay refuses what it reads
    after it. Blocks the thread; never call it inside a transaction.
    """
    names = keys()
    deadline = time.time() + max(timeout, valid_seconds)
    message = Request(v=VERSION, id=secrets.token_hex(12), deadline=deadline, command=command)
    try:
        _send(names.commands(incarnation), encode(message))
        raw = _await_reply(names.reply(message.id), time.monotonic() + timeout + GRACE_SECONDS)
        if raw is not None:
            return decode_reply(raw).reply
    except (RedisError, MessageError) as error:
        log.warning("relay_request_failed", incarnation=incarnation, error=type(error).__name__)
        raise RelayUnavailableError from error
    log.warning("relay_silent", incarnation=incarnation, command=type(command).__name__)
    raise RelayUnavailableError


def _send(key: str, raw: bytes) -> None:
    client: Any = sync_client()
    if client.llen(key) >= COMMANDS_WAITING_LIMIT:
        raise RelayUnavailableError
    with client.pipeline(transaction=False) as pipe:
        pipe.rpush(key, raw)
        pipe.expire(key, COMMANDS_SECONDS)
        pipe.execute()


def _await_reply(key: str, until: float) -> bytes | None:
    client = sync_client()
    while (left := until - time.monotonic()) > 0:
        # Redis waits for ever when it is told 0.
        popped: Any = client.blpop([key], timeout=max(0.01, round(min(left, BLOCK_SECONDS), 3)))
        if popped is not None:
            return bytes(popped[1])
    return None
