"""Grants: what a web process lets somebody do at a relay, signed, so that the relay can check it by itself.

A grant is `<payload>.<signature>`: JSON and its HMAC-SHA256, both in unpadded URL-safe base64. It lives for seconds,
and for one media session only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

import msgspec

from media.relay.messages import Epoch, Id, RefusalCode, RefusalError

if TYPE_CHECKING:
    from typing import Final

GRANT_SECONDS: Final = 30
MIN_SECRET_BYTES: Final = 32
# What the names of people without an account begin with.
GUEST: Final = "guest:"
# Keeps a signature made with the same secret for another purpose from being a grant.
_PURPOSE: Final = b"causerie relay grant 1\n"


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`person` is somebody's public id, or names a guest; `epoch` is theirs in this room when the grant was made."""

    person: Id
    room: Id
    session: Id
    may_publish: bool
    epoch: Epoch
    expires_at: float


def is_guest(person: str) -> bool:
    """Say whether a grant's person has no account."""
    return person.startswith(GUEST)


class GrantError(RefusalError):
    """The grant does not allow it."""


class WrongSignatureError(GrantError):
    code = RefusalCode.WRONG_SIGNATURE


class ExpiredError(GrantError):
    code = RefusalCode.EXPIRED


class WrongRoomError(GrantError):
    code = RefusalCode.WRONG_ROOM


class WrongSessionError(GrantError):
    code = RefusalCode.WRONG_SESSION


class MayNotPublishError(GrantError):
    code = RefusalCode.MAY_NOT_PUBLISH


class OlderEpochError(GrantError):
    """The person's epoch in the room was raised after this grant was made."""

    code = RefusalCode.OLDER_EPOCH


def sign(grant: Grant, *, secret: bytes) -> str:
    """Return the grant as a token."""
    payload = base64.urlsafe_b64encode(msgspec.json.encode(grant)).rstrip(b"=")
    return f"{payload.decode()}.{_signature(payload, secret)}"


def verify(token: str, *, secret: bytes, room: str, session: str, publish: bool, now: float) -> Grant:
    """Return the grant if it allows `session` in `room` at `now` (Unix seconds). Raises GrantError.

    The epoch is left to the caller, who has to ask Redis for it.
    """
    grant = _authentic(token, secret)
    if now >= grant.expires_at:
        raise ExpiredError
    if grant.room != room:
        raise WrongRoomError
    if grant.session != session:
        raise WrongSessionError
    if publish and not grant.may_publish:
        raise MayNotPublishError
    return grant


def check_epoch(grant: Grant, epoch: int) -> None:
    """Raise OlderEpochError if `epoch`, the person's in the room now, is above the grant's."""
    if grant.epoch < epoch:
        raise OlderEpochError


def _authentic(token: str, secret: bytes) -> Grant:
    payload, _dot, signature = token.partition(".")
    # Compared as bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(_signature(payload.encode(), secret).encode(), signature.encode()):
        raise WrongSignatureError
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return msgspec.json.decode(raw, type=Grant)
    except (binascii.Error, msgspec.DecodeError) as error:
        raise WrongSignatureError from error


def check_secret(secret: bytes) -> None:
    """Raise ValueError if the secret is too short to be one."""
    if len(secret) < MIN_SECRET_BYTES:
        msg = f"The relay's secret has {len(secret)} bytes; it needs at least {MIN_SECRET_BYTES}. Set RELAY_SECRET."
        raise ValueError(msg)


def _signature(payload: bytes, secret: bytes) -> str:
    check_secret(secret)
    digest = hmac.new(secret, _PURPOSE + payload, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
