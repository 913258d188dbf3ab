"""Grants: what they allow, and every way in which one does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay.grants import (
    ExpiredError,
    Grant,
    GrantError,
    MayNotPublishError,
    OlderEpochError,
    WrongRoomError,
    WrongSessionError,
    WrongSignatureError,
    check_epoch,
    sign,
    verify,
)

SECRET = b"0123456789abcdef0123456789abcdef"
GRANT = Grant(person="p1", room="r1", session="s1", may_publish=True, epoch=7, expires_at=1000.0)
TOKEN = sign(GRANT, secret=SECRET)


def check(token: str, *, secret: bytes = SECRET, room: str = "r1", session: str = "s1", now: float = 999.0) -> Grant:
    return verify(token, secret=secret, room=room, session=session, publish=True, now=now)


def test_verify_with_good_grant_returns_it() -> None:
    assert check(TOKEN) == GRANT


@pytest.mark.parametrize(("now", "expired"), [(999.999, False), (1000.0, True), (1000.001, True)])
def test_verify_below_at_and_above_expiry(now: float, expired: bool) -> None:
    if expired:
        with pytest.raises(ExpiredError):
            check(TOKEN, now=now)
    else:
        assert check(TOKEN, now=now) == GRANT


def test_verify_for_another_room_is_refused() -> None:
    with pytest.raises(WrongRoomError):
        check(TOKEN, room="r2")


def test_verify_for_another_session_is_refused() -> None:
    with pytest.raises(WrongSessionError):
        check(TOKEN, session="s2")


def test_verify_of_listening_grant_for_publishing_is_refused() -> None:
    listening = Grant(person="p1", room="r1", session="s1", may_publish=False, epoch=7, expires_at=1000.0)
    token = sign(listening, secret=SECRET)
    with pytest.raises(MayNotPublishError):
        check(token)
    assert verify(token, secret=SECRET, room="r1", session="s1", publish=False, now=1.0) == listening


def test_verify_with_another_secret_is_refused() -> None:
    with pytest.raises(WrongSignatureError):
        check(TOKEN, secret=SECRET[::-1])


@pytest.mark.parametrize("position", range(len(TOKEN)))
def test_verify_with_any_character_changed_is_refused(position: int) -> None:
    other = "A" if TOKEN[position] != "A" else "B"
    with pytest.raises(GrantError):
        check(TOKEN[:position] + other + TOKEN[position + 1 :])


@given(st.text(max_size=200))
def test_verify_of_anything_is_refused_and_nothing_else(token: str) -> None:
    with pytest.raises(WrongSignatureError):
        check(token)


@pytest.mark.parametrize(("epoch", "older"), [(6, False), (7, False), (8, True)])
def test_check_epoch_below_at_and_above(epoch: int, older: bool) -> None:
    if older:
        with pytest.raises(OlderEpochError):
            check_epoch(GRANT, epoch)
    else:
        check_epoch(GRANT, epoch)


@pytest.mark.parametrize(("length", "short"), [(31, True), (32, False), (33, False)])
def test_secret_below_at_and_above_its_length(length: int, short: bool) -> None:
    if short:
        with pytest.raises(ValueError, match="needs at least 32"):
            sign(GRANT, secret=b"x" * length)
    else:
        assert check(sign(GRANT, secret=b"x" * length), secret=b"x" * length) == GRANT
