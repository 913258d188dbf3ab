"""Somebody blocked is not heard by who blocked them, and by everybody else as before: rows, commands, real sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Block
from accounts.services.block import block, unblock
from config.lib.db import in_pool
from media import gateway, tasks
from media.errors import RelayUnavailableError
from media.models import MediaSession
from media.relay.messages import MAX_PERSONS, Done, SetUnheard, encode
from media.services.hearing import keep_left_out, leave_out, unheard_by
from media.services.sessions import open_media
from tests.factories.people import UserFactory
from tests.relay.peers import Peer, peer, until
from tests.relay.tones import Ear, Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from tests.media.relays import RelayProcess

pytestmark = pytest.mark.django_db(transaction=True)


# --- what rows and commands say ---


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Stand in the relay's place; return which session was told of whom."""
    found: list[tuple[str, list[str]]] = []

    def answer(_incarnation: str, command: Any, **_times: float) -> Done:
        found.append((command.session, command.persons))
        return Done()

    monkeypatch.setattr(gateway, "request", answer)
    return found


def test_unheard_are_the_blocked_who_speak_in_the_same_room(
    make_session: Callable[..., MediaSession], oliver: User, yara: User, malo: User
) -> None:
    session = make_session(user=oliver)
    make_session(user=yara, kind="publish")
    make_session(user=malo, kind="publish", room_key="r2")
    for person in (yara, malo):
        Block.objects.create(blocker=oliver, blocked=person)
    assert unheard_by(session) == [yara.public_id]
    # Who is blocked goes on hearing.
    assert unheard_by(make_session(user=yara)) == []
    MediaSession.objects.filter(user=yara, kind="publish").update(
        state="gone", gone_at="2100-01-01T00:00Z", gone_reason="left"
    )
    assert unheard_by(session) == []


@pytest.mark.parametrize(("number", "named"), [(MAX_PERSONS - 1, 63), (MAX_PERSONS, 64), (MAX_PERSONS + 1, 64)])
def test_unheard_people_below_at_and_above_what_a_command_takes(
    make_session: Callable[..., MediaSession], oliver: User, number: int, named: int
) -> None:
    session = make_session(user=oliver)
    for person in UserFactory.create_batch(number):
        make_session(user=person, kind="publish")
        Block.objects.create(blocker=oliver, blocked=person)
    people = unheard_by(session)
    assert len(people) == named
    assert encode(SetUnheard(session="s", persons=people))


def test_block_tells_where_both_are_and_its_undoing_everywhere(
    make_session: Callable[..., MediaSession], told: list[Any], oliver: User, yara: User
) -> None:
    here, elsewhere = make_session(user=oliver), make_session(user=oliver, room_key="r2")
    make_session(user=yara, kind="publish")
    make_session(user=yara)
    block(oliver, yara)
    assert told == [(here.public_id, [yara.public_id])]
    told.clear()
    unblock(oliver, yara)
    assert told == [(here.public_id, []), (elsewhere.public_id, [])]


def test_who_begins_to_speak_is_left_out_for_those_who_blocked_them(
    make_session: Callable[..., MediaSession], told: list[Any], oliver: User, yara: User, malo: User
) -> None:
    blocker = make_session(user=oliver)
    make_session(user=malo)
    Block.objects.create(blocker=oliver, blocked=yara)
    make_session(user=yara, kind="publish")
    leave_out(yara, "r1")
    assert told == [(blocker.public_id, [yara.public_id])]


def test_sweep_tells_those_again_who_shall_not_hear_somebody(
    make_session: Callable[..., MediaSession], told: list[Any], oliver: User, yara: User, malo: User
) -> None:
    session = make_session(user=oliver)
    make_session(user=oliver, room_key="r2")
    make_session(user=malo)
    make_session(guest_key="g2")
    make_session(user=yara, kind="publish")
    keep_left_out()
    assert told == []
    Block.objects.create(blocker=oliver, blocked=yara)
    keep_left_out()
    assert told == [(session.public_id, [yara.public_id])]


def test_sweep_of_media_includes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[bool] = []
    monkeypatch.setattr(tasks, "keep_left_out", lambda: swept.append(True))
    tasks.sweep_media()
    assert swept == [True]


def test_silent_relay_is_asked_once_and_keeps_no_block_from_being_made(
    make_session: Callable[..., MediaSession], monkeypatch: pytest.MonkeyPatch, oliver: User, yara: User
) -> None:
    asked: list[str] = []

    def silent(incarnation: str, _command: Any, **_times: float) -> Done:
        asked.append(incarnation)
        raise RelayUnavailableError

    monkeypatch.setattr(gateway, "request", silent)
    for room in ("r1", "r2"):
        make_session(user=oliver, room_key=room)
        make_session(user=yara, room_key=room, kind="publish")
    block(oliver, yara)
    assert (asked, Block.objects.count()) == (["i1"], 1)


def test_block_that_comes_and_goes_meanwhile_is_told_as_it_is_at_last(
    make_session: Callable[..., MediaSession], monkeypatch: pytest.MonkeyPatch, oliver: User, yara: User
) -> None:
    make_session(user=oliver)
    make_session(user=yara, kind="publish")
    said: list[list[str]] = []

    def answer(_incarnation: str, command: SetUnheard, **_times: float) -> Done:
        said.append(command.persons)
        if len(said) == 1:
            # As another request does, which was told first.
            Block.objects.all().delete()
        return Done()

    monkeypatch.setattr(gateway, "request", answer)
    block(oliver, yara)
    assert said == [[yara.public_id], []]


# --- what is heard ---


async def speaking(one: Peer, user: User, tone: Tone) -> None:
    one.connection.getSenders()[0].replaceTrack(tone)
    await _open(one, user, "publish")


async def hearing(one: Peer, user: User | None) -> list[Ear]:
    for _ in range(2):
        one.connection.addTransceiver("audio", direction="recvonly")
    await _open(one, user, "listen")
    return [Ear(transceiver.receiver.track) for transceiver in one.connection.getTransceivers()]


async def _open(one: Peer, user: User | None, kind: Any) -> str:
    guest = "" if user else "g1"
    answer = await in_pool(open_media)("r1", user=user, guest_key=guest, kind=kind, sdp=await one.offer(), muted=False)
    await one.accept(answer.sdp)
    await one.reaches("connected")
    return answer.media_session


def hears(ears: list[Ear], frequency: float) -> bool:
    return any(ear.hears(frequency) for ear in ears)


async def test_tone_stops_for_the_blocker_within_a_second_goes_on_for_others_and_returns(
    relay: RelayProcess, bridge: None, maiwenn: User, malo: User, oliver: User
) -> None:
    async with peer("publish") as low, peer("publish") as high, peer("listen") as blocker, peer("listen") as guest:
        await speaking(low, maiwenn, Tone(440))
        await speaking(high, malo, Tone(880))
        mine, theirs = await hearing(blocker, oliver), await hearing(guest, None)
        await until(lambda: all(hears(ears, tone) for ears in (mine, theirs) for tone in (440, 880)), "both for both")
        await in_pool(block)(oliver, maiwenn)
        assert await until(lambda: not hears(mine, 440), "the end of 440 Hz for the blocker") < 1.0
        assert (hears(mine, 880), hears(theirs, 440), hears(theirs, 880)) == (True, True, True)
        await in_pool(unblock)(oliver, maiwenn)
        await until(lambda: hears(mine, 440), "440 Hz again")
        for ear in mine + theirs:
            ear.close()


async def test_blocked_voice_stays_out_when_the_blocker_comes_back_and_when_the_speaker_does(
    relay: RelayProcess, bridge: None, maiwenn: User, malo: User, oliver: User
) -> None:
    await in_pool(block)(oliver, maiwenn)
    async with peer("publish") as high, peer("listen") as blocker, peer("listen") as guest, peer("publish") as low:
        await speaking(high, malo, Tone(880))
        mine, theirs = await hearing(blocker, oliver), await hearing(guest, None)
        # The speaker comes after the blocker …
        await speaking(low, maiwenn, Tone(440))
        await until(lambda: hears(theirs, 440) and hears(mine, 880), "440 Hz for others")
        assert not hears(mine, 440)
        async with peer("listen") as again:
            # … and the blocker after the speaker.
            anew = await hearing(again, oliver)
            await until(lambda: hears(anew, 880), "880 Hz on the new session")
            assert (hears(anew, 440), hears(theirs, 440)) == (False, True)
            for ear in mine + theirs + anew:
                ear.close()


async def test_block_that_is_made_while_the_relay_answers_counts(
    relay: RelayProcess, bridge: None, maiwenn: User, oliver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, said = gateway.request, []

    def ask_then_block(incarnation: str, command: Any, **times: float) -> Any:
        said.append(command)
        reply = ask(incarnation, command, **times)
        if type(command).__name__ == "OpenListen":
            Block.objects.create(blocker=oliver, blocked=maiwenn)
        return reply

    async with peer("publish") as low, peer("listen") as blocker:
        await speaking(low, maiwenn, Tone(440))
        monkeypatch.setattr(gateway, "request", ask_then_block)
        session = await _open(blocker, oliver, "listen")
    assert [one for one in said if isinstance(one, SetUnheard)] == [
        SetUnheard(session=session, persons=[maiwenn.public_id])
    ]
