"""Media sessions from the service to a real relay and a real peer, and back through the bridge into the rows."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from config.lib.db import in_pool
from config.lib.errors import LoginRequiredError, NotFoundError
from media import gateway
from media.enums import MediaState
from media.errors import BadOfferError, RelayUnavailableError
from media.models import MediaSession
from media.relay.grants import Grant, sign
from media.relay.messages import MAX_SDP_BYTES, OpenPublish, RefusalCode, Refused
from media.relay_secret import relay_secret
from media.selectors import live_relays, publishing_epoch
from media.services.sessions import (
    close_media,
    close_room_media,
    end_publishing,
    end_room_media,
    open_media,
    revoke_publishing,
    set_publish_muted,
)
from tests.relay.peers import Peer, peer, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from tests.media.relays import RelayProcess

pytestmark = pytest.mark.django_db(transaction=True)


def take_the_stage_away(user: User) -> None:
    """Do what rooms do when somebody may no longer speak."""
    with transaction.atomic():
        ended = end_publishing("r1", user=user)
    revoke_publishing("r1", user=user, ended=ended, since=None)


def end_the_room() -> None:
    with transaction.atomic():
        ended = end_room_media("r1")
    close_room_media("r1", ended=ended)


async def row(public_id: str) -> MediaSession:
    return await in_pool(MediaSession.objects.get)(public_id=public_id)


async def opened(
    one: Peer, *, room: str = "r1", user: User | None = None, guest: str = "", kind: Any = "listen"
) -> str:
    """Open a session for a peer and return its public id once the peer is connected."""
    answer = await in_pool(open_media)(room, user=user, guest_key=guest, kind=kind, sdp=await one.offer())
    await one.accept(answer.sdp)
    await one.reaches("connected")
    return answer.media_session


async def in_state(public_id: str, state: MediaState, seconds: float = 10) -> MediaSession:
    """Wait for a row's state and return the row."""
    give_up = time.monotonic() + seconds
    while (session := await row(public_id)).state != state:
        assert time.monotonic() < give_up, f"{public_id} is {session.state} after {seconds} s"
    return session


async def confirmed(public_id: str) -> None:
    give_up = time.monotonic() + 10
    while (await row(public_id)).close_pending:
        assert time.monotonic() < give_up, "the relay has not confirmed"


async def test_publish_connects_is_stored_and_closes(
    relay: RelayProcess, bridge: None, maiwenn: User, gone: list[tuple[str, str]]
) -> None:
    async with peer("publish") as one:
        public_id = await opened(one, user=maiwenn, kind="publish")
        session = await in_state(public_id, MediaState.CONNECTED)
        assert (session.room_key, session.user_id, session.guest_key) == ("r1", maiwenn.pk, "")
        assert (session.kind, session.relay, session.epoch, session.gone_at) == ("publish", "relay-1", 0, None)
        await until(lambda: [each.incarnation for each in live_relays()] == [session.relay_incarnation], "its relay")
        assert session.connected_at is not None
        assert await in_pool(set_publish_muted)("r1", user=maiwenn, muted=False)
        await in_pool(close_media)(public_id, user=maiwenn, guest_key="")
        await one.reaches("closed")
        session = await row(public_id)
        assert (session.state, session.gone_reason, session.close_pending) == ("gone", "closed", False)
        assert not await in_pool(set_publish_muted)("r1", user=maiwenn, muted=True)
    assert gone == [(public_id, "closed")]


async def test_guest_listens_and_leaves(relay: RelayProcess, bridge: None, gone: list[tuple[str, str]]) -> None:
    async with peer("listen") as one:
        public_id = await opened(one, guest="g1")
        await in_state(public_id, MediaState.CONNECTED)
    session = await in_state(public_id, MediaState.GONE)
    assert (session.user_id, session.guest_key, session.gone_reason) == (None, "g1", "left")
    await until(lambda: gone == [(public_id, "left")], "told once")


async def test_revoke_closes_the_connection_and_outlives_a_killed_relay(
    relay: RelayProcess, bridge: None, maiwenn: User
) -> None:
    async with peer("publish") as speaking, peer("listen") as listening:
        public_id = await opened(speaking, user=maiwenn, kind="publish")
        await opened(listening, user=maiwenn)
        await in_pool(take_the_stage_away)(maiwenn)
        await speaking.reaches("closed")
        assert listening.connection.connectionState == "connected"
        session = await row(public_id)
        assert (session.gone_reason, session.close_pending) == ("revoked", False)
    relay.send(signal.SIGKILL)
    relay.wait()
    again = await in_pool(relay.start)()
    old = Grant(
        person=maiwenn.public_id,
        room="r1",
        session="x1",
        may_publish=True,
        epoch=session.epoch,
        expires_at=time.time() + 9,
    )
    async with peer("publish") as one:
        sdp = await one.offer()
        command = OpenPublish(session="x1", room="r1", grant=sign(old, secret=relay_secret()), sdp=sdp, muted=False)
        reply = await in_pool(gateway.request)(again.incarnation, command, timeout=3)
        assert reply == Refused(code=RefusalCode.OLDER_EPOCH)
        # Allowed again, they speak again: at the new life of the relay.
        assert (await row(await opened(one, user=maiwenn, kind="publish"))).epoch > session.epoch


async def test_open_with_an_epoch_from_before_the_role_was_lost_is_refused(relay: RelayProcess, maiwenn: User) -> None:
    async with peer("publish") as one:
        epoch = await in_pool(publishing_epoch)("r1", user=maiwenn)
        await in_pool(take_the_stage_away)(maiwenn)
        with pytest.raises(RelayUnavailableError):
            await in_pool(open_media)(
                "r1", user=maiwenn, guest_key="", kind="publish", sdp=await one.offer(), epoch=epoch
            )
    assert (await in_pool(MediaSession.objects.get)()).gone_reason == "refused"


async def test_killed_relay_is_seen_within_three_seconds(
    relay: RelayProcess, bridge: None, maiwenn: User, gone: list[tuple[str, str]]
) -> None:
    async with peer("publish") as speaking, peer("listen") as listening:
        ids = [await opened(speaking, user=maiwenn, kind="publish"), await opened(listening, guest="g1")]
        for public_id in ids:
            await in_state(public_id, MediaState.CONNECTED)
        killed = time.monotonic()
        relay.send(signal.SIGKILL)
        for public_id in ids:
            assert (await in_state(public_id, MediaState.GONE, 3)).gone_reason == "relay_lost"
        assert time.monotonic() - killed < 3
        assert live_relays() == []
    await until(lambda: len(gone) >= 2, "both were told")
    assert sorted(gone) == sorted((public_id, "relay_lost") for public_id in ids)


async def test_terminated_relay_drains(relay: RelayProcess, bridge: None, gone: list[tuple[str, str]]) -> None:
    async with peer("listen") as one:
        public_id = await opened(one, guest="g1")
        began = time.monotonic()
        relay.send(signal.SIGTERM)
        assert await in_pool(relay.wait)() == 0
        assert time.monotonic() - began < 2
        await one.reaches("closed")
        assert (await in_state(public_id, MediaState.GONE)).gone_reason == "draining"
    assert live_relays() == []
    await until(lambda: gone == [(public_id, "draining")], "told once")


async def test_frozen_relay_drops_what_was_given_up_when_it_wakes(
    relay: RelayProcess, bridge: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services.sessions.OPEN_SECONDS", 0.3)
    monkeypatch.setattr("media.services.closing.TELL_SECONDS", 0.3)
    async with peer("listen") as one, peer("listen") as other:
        public_id = await opened(one, guest="g1")
        relay.send(signal.SIGSTOP)
        with pytest.raises(RelayUnavailableError):
            await in_pool(open_media)("r1", user=None, guest_key="g2", kind="listen", sdp=await other.offer())
        unanswered = await in_pool(MediaSession.objects.get)(guest_key="g2")
        assert (unanswered.gone_reason, unanswered.close_pending) == ("no_answer", True)
        lost = await in_state(public_id, MediaState.GONE, 3)
        assert (lost.gone_reason, lost.close_pending) == ("relay_lost", True)
        relay.send(signal.SIGCONT)
        await one.reaches("closed")
        await confirmed(public_id)
        await confirmed(unanswered.public_id)


async def test_newer_session_replaces_the_older(relay: RelayProcess, bridge: None, maiwenn: User) -> None:
    async with peer("listen") as first, peer("listen") as second:
        older = await opened(first, user=maiwenn)
        newer = await opened(second, user=maiwenn)
        await first.reaches("closed")
        assert (await row(older)).gone_reason == "replaced"
        await in_state(newer, MediaState.CONNECTED)


async def test_close_room_ends_all_of_that_room(relay: RelayProcess, bridge: None, maiwenn: User) -> None:
    async with peer("publish") as speaking, peer("listen") as listening, peer("listen") as elsewhere:
        ids = [await opened(speaking, user=maiwenn, kind="publish"), await opened(listening, guest="g1")]
        await opened(elsewhere, guest="g1", room="r2")
        await in_pool(end_the_room)()
        await speaking.reaches("closed")
        await listening.reaches("closed")
        assert elsewhere.connection.connectionState == "connected"
        for public_id in ids:
            session = await row(public_id)
            assert (session.gone_reason, session.close_pending) == ("room_closed", False)


async def test_room_closed_while_the_relay_answers_leaves_nothing_open(
    relay: RelayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = gateway.request

    def ask_then_close(incarnation: str, command: Any, **times: float) -> Any:
        reply = ask(incarnation, command, **times)
        if "sdp" in type(reply).__struct_fields__:
            MediaSession.objects.update(state="gone", gone_at="2100-01-01T00:00Z", gone_reason="room_closed")
        return reply

    monkeypatch.setattr(gateway, "request", ask_then_close)
    async with peer("listen") as one:
        with pytest.raises(RelayUnavailableError):
            await in_pool(open_media)("r1", user=None, guest_key="g1", kind="listen", sdp=await one.offer())
    await until(lambda: [relay.sessions for relay in live_relays()] == [0], "no session at the relay")


async def test_bad_offer_is_refused_and_the_row_is_gone(relay: RelayProcess) -> None:
    with pytest.raises(BadOfferError):
        await in_pool(open_media)("r1", user=None, guest_key="g1", kind="listen", sdp="v=0")
    assert (await in_pool(MediaSession.objects.get)()).gone_reason == "refused"


async def test_log_of_a_relay_has_no_sdp_and_no_grant(relay: RelayProcess, bridge: None, maiwenn: User) -> None:
    async with peer("publish") as one:
        public_id = await opened(one, user=maiwenn, kind="publish")
        await in_pool(close_media)(public_id, user=maiwenn, guest_key="")
    relay.send(signal.SIGTERM)
    await in_pool(relay.wait)()
    log = relay.log()
    assert f'"media_session": "{public_id}"' in log
    assert "Traceback" not in log
    for secret in ("a=ice", "v=0", "eyJ", relay_secret().decode()):
        assert secret not in log


@pytest.mark.parametrize(
    ("length", "error"), [(-1, RelayUnavailableError), (0, RelayUnavailableError), (1, BadOfferError)]
)
def test_offer_below_at_and_above_the_length_without_any_relay(length: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_media("r1", user=None, guest_key="g1", kind="listen", sdp="x" * (MAX_SDP_BYTES + length))
    assert not MediaSession.objects.exists()


def test_guest_does_not_publish() -> None:
    with pytest.raises(LoginRequiredError):
        open_media("r1", user=None, guest_key="g1", kind="publish", sdp="v=0")


def test_close_of_another_persons_session_is_not_found(
    make_session: Callable[..., MediaSession], maiwenn: User, yara: User
) -> None:
    public_id = make_session(user=maiwenn).public_id
    for user, guest in ((yara, ""), (None, "g1"), (None, "")):
        with pytest.raises(NotFoundError):
            close_media(public_id, user=user, guest_key=guest)
    assert MediaSession.objects.get().state == MediaState.OPENING
