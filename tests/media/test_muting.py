"""Closed microphones: a relay that misses the word is told again, until it has confirmed what the row says."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from config.lib.db import in_pool
from config.lib.redis_clients import sync_client
from media import gateway, tasks
from media.errors import RelayUnavailableError
from media.gateway import keys
from media.models import MediaSession
from media.relay.messages import Done, SetMuted, decode_request
from media.selectors import live_relays
from media.services import closing, muting
from media.services.muting import VALID_SECONDS, retry_mutes, want_muted
from media.services.sessions import open_media, set_publish_muted
from tests.media.test_placement import relay as heartbeat
from tests.relay.peers import peer, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from tests.media.relays import RelayProcess

EVERYTHING = Q()


def states() -> list[tuple[bool, bool]]:
    """Return of each session whether it is to be muted and whether that is yet to be confirmed."""
    return list(MediaSession.objects.order_by("pk").values_list("muted", "mute_pending"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[bool | None]:
    """Stand in the relay's place. What it was told; put None in front to let it be silent for once."""
    found: list[bool | None] = []

    def answer(_incarnation: str, command: Any, **_times: float) -> Done:
        if found and found[0] is None:
            found.pop(0)
            raise RelayUnavailableError
        found.append(command.muted)
        return Done()

    monkeypatch.setattr(gateway, "request", answer)
    return found


@pytest.fixture
def publishing(make_session: Callable[..., MediaSession], maiwenn: User) -> MediaSession:
    return make_session(user=maiwenn, kind="publish")


@pytest.mark.django_db
def test_mute_that_was_confirmed_is_not_said_again(publishing: MediaSession, told: list[bool | None]) -> None:
    assert want_muted(EVERYTHING, muted=False)
    assert (states(), told) == ([(False, False)], [False])
    retry_mutes()
    assert told == [False]


@pytest.mark.django_db
def test_mute_of_nobody_is_none(publishing: MediaSession, told: list[bool | None]) -> None:
    assert not want_muted(Q(room_key="another"), muted=True)
    assert (states(), told) == ([(True, False)], [])


@pytest.mark.django_db
def test_mute_that_was_missed_is_said_again_to_a_relay_that_lives(
    publishing: MediaSession, told: list[bool | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    told.append(None)
    assert not want_muted(EVERYTHING, muted=True)
    assert (states(), told) == ([(True, True)], [])
    # It has no heartbeat.
    retry_mutes()
    assert states() == [(True, True)]
    for module in (muting, tasks):
        monkeypatch.setattr(module, "heartbeats", lambda: [heartbeat("i1", incarnation="i1")])
    tasks.sweep_media()
    assert (states(), told) == ([(True, False)], [True])


@pytest.mark.django_db
def test_silent_relay_is_asked_once_for_all_that_is_pending(
    make_session: Callable[..., MediaSession],
    maiwenn: User,
    told: list[bool | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for room in ("r1", "r2", "r3"):
        make_session(user=maiwenn, kind="publish", room_key=room, mute_pending=True)
    monkeypatch.setattr(muting, "heartbeats", lambda: [heartbeat("i1", incarnation="i1")])
    told.append(None)
    retry_mutes()
    assert (states(), told) == ([(True, True)] * 3, [])
    retry_mutes()
    assert (states(), told) == ([(True, False)] * 3, [True] * 3)


@pytest.mark.django_db
def test_relay_is_told_again_what_changed_while_it_was_told(
    publishing: MediaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry of "off" may reach the relay after "on", though that was written later."""
    told: list[bool] = []

    def answer(_incarnation: str, command: Any, **_times: float) -> Done:
        if not told:
            MediaSession.objects.update(muted=False, mute_pending=True)
        told.append(command.muted)
        return Done()

    monkeypatch.setattr(gateway, "request", answer)
    assert want_muted(EVERYTHING, muted=True)
    assert (told, states()) == ([True, False], [(False, False)])


@pytest.mark.django_db
def test_relay_that_fell_silent_is_told_again_though_somebody_else_was_confirmed_meanwhile(
    publishing: MediaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may open the microphone by the word that it has not read yet, though the row says closed."""

    def overtaken(*_: Any, **__: Any) -> Done:
        MediaSession.objects.update(muted=True, mute_pending=False)
        raise RelayUnavailableError

    monkeypatch.setattr(gateway, "request", overtaken)
    assert not want_muted(EVERYTHING, muted=False)
    assert states() == [(True, True)]


@pytest.mark.django_db
def test_session_that_ended_while_the_relay_was_silent_is_left_alone(
    publishing: MediaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: Any, **__: Any) -> Done:
        MediaSession.objects.update(state="gone", gone_reason="left", gone_at=timezone.now(), mute_pending=False)
        raise RelayUnavailableError

    monkeypatch.setattr(gateway, "request", ended)
    assert not want_muted(EVERYTHING, muted=False)
    assert states() == [(False, False)]


@pytest.mark.django_db
def test_mute_stays_valid_for_a_relay_that_reads_it_late(
    publishing: MediaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "TELL_SECONDS", 0.05)
    began = time.time()
    want_muted(EVERYTHING, muted=True)
    raw: Any = sync_client().lpop(keys().commands("i1"))
    request = decode_request(raw)
    assert request.command == SetMuted(room="r1", person=publishing.user.public_id, muted=True)  # type: ignore[union-attr]
    assert 0 <= request.deadline - began - VALID_SECONDS < 1


@pytest.mark.django_db
def test_only_a_publisher_has_a_pending_mute(make_session: Callable[..., MediaSession]) -> None:
    with pytest.raises(IntegrityError, match="media_session_mute_pending_publishes"), transaction.atomic():
        make_session(mute_pending=True)


async def speaking(user: User, sdp: str) -> MediaSession:
    answer = await in_pool(open_media)("r1", user=user, guest_key="", kind="publish", sdp=sdp, muted=False)
    return await in_pool(MediaSession.objects.get)(public_id=answer.media_session)


async def frozen_while_muted(relay: RelayProcess, user: User, seconds: float) -> None:
    """Freeze the relay, mute somebody meanwhile, and let it go on after so many seconds."""
    relay.send(signal.SIGSTOP)
    silent = time.monotonic()
    assert not await in_pool(set_publish_muted)("r1", user=user, muted=True)
    assert await in_pool(states)() == [(True, True)]
    await until(lambda: time.monotonic() - silent >= seconds, "the silence")
    relay.send(signal.SIGCONT)


@pytest.mark.django_db(transaction=True)
async def test_relay_that_was_silent_for_a_moment_mutes_without_being_told_again(
    relay: RelayProcess, maiwenn: User
) -> None:
    async with peer("publish") as one:
        life = (await speaking(maiwenn, await one.offer())).relay_incarnation
        await frozen_while_muted(relay, maiwenn, 1.5)
        # The offer and the mute.
        await until(lambda: counts_of(life) == (2, 0), "the relay has done it", 2)


@pytest.mark.django_db(transaction=True)
async def test_relay_that_was_silent_for_three_seconds_mutes_as_soon_as_it_answers(
    relay: RelayProcess, maiwenn: User
) -> None:
    """By then its line to Redis has timed out, and with it what had been read: only the row knows."""
    async with peer("publish") as one:
        life = (await speaking(maiwenn, await one.offer())).relay_incarnation
        await frozen_while_muted(relay, maiwenn, 3.2)
        awake = time.monotonic()
        while (await in_pool(states)()) != [(True, False)]:
            await in_pool(retry_mutes)()
            assert time.monotonic() - awake < 2, "it was not confirmed"
        await until(lambda: counts_of(life)[0] >= 2, "the relay has done it")


def counts_of(incarnation: str) -> tuple[int, int]:
    """Return how many commands a relay has done, and how many came too late for it, by its latest heartbeat."""
    for relay in live_relays():
        if relay.incarnation == incarnation:
            return relay.counts.get("done", 0), relay.counts.get("refused_late", 0)
    return 0, 0


@pytest.mark.django_db(transaction=True)
async def test_bridge_says_it_again(
    relay: RelayProcess, bridge: None, maiwenn: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with peer("publish") as one:
        await speaking(maiwenn, await one.offer())
        with monkeypatch.context() as patch:
            patch.setattr(muting, "tell", lambda *_, **__: False)
            assert not await in_pool(set_publish_muted)("r1", user=maiwenn, muted=True)
        began = time.monotonic()
        while (await in_pool(states)()) != [(True, False)]:
            assert time.monotonic() - began < 3, "nobody said it again"
