"""Talk receipts from the relays' stream into the books, and what can be read of them."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from config.lib.db import in_pool
from config.lib.redis_clients import sync_client
from media.enums import MediaKind, MediaState
from media.gateway import keys
from media.measured import Listened, Talk, guest_visits, listened_in, talk_in, talk_of_rooms
from media.models import MediaSession, SpeakingReceipt
from media.privacy import sound_parts
from media.relay.messages import VERSION, TalkReceipt, encode
from media.services.erasing import erase_sound
from media.services.receipts import MAX_MS, drain
from media.services.sessions import set_publish_muted
from media.services.talk import store_talk
from tests.media.test_receipts import left, receipt, unreadable
from tests.media.test_states import at_once
from tests.media.test_with_relay import opened
from tests.relay.peers import peer, until
from tests.relay.tones import SAMPLE_RATE, Tone

if TYPE_CHECKING:
    from accounts.models import User
    from tests.media.relays import RelayProcess

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def talk(received: int, voice: int, *, session: str = "p1", life: str = "i1", person: str = "gone") -> TalkReceipt:
    return TalkReceipt(
        v=VERSION,
        relay="relay-1",
        incarnation=life,
        session=session,
        room="r1",
        person=person,
        received_ms=received,
        voice_ms=voice,
    )


def send(*found: TalkReceipt) -> None:
    for one in found:
        sync_client().xadd(keys().receipts, {"talk": encode(one)})


def books() -> list[tuple[str, str, int, int]]:
    rows = SpeakingReceipt.objects.order_by("session_key", "relay_incarnation")
    return list(rows.values_list("session_key", "relay_incarnation", "received_ms", "voice_ms"))


@pytest.mark.django_db
def test_talk_and_listening_come_by_one_stream(maiwenn: User) -> None:
    sync_client().xadd(keys().receipts, {"receipt": encode(receipt(1000, 900))})
    send(talk(2000, 1500, person=maiwenn.public_id), talk(1000, 700, person=maiwenn.public_id))
    assert drain() == 3
    assert (books(), left()) == ([("p1", "i1", 2000, 1500)], (0, 0))
    assert (talk_in("r1"), talk_in("r2")) == ([Talk(maiwenn, 1500, 2000)], [])
    assert listened_in("r1") == Listened(1000, 900, 0)


@pytest.mark.django_db
def test_numbers_never_fall_whatever_the_order_and_each_life_counts_for_itself(maiwenn: User) -> None:
    here = {"person": maiwenn.public_id}
    store_talk([talk(2000, 1000, **here)])
    store_talk([talk(1500, 900, **here), talk(1000, 500, **here)])
    store_talk([talk(2000, 1000, **here), talk(300, 200, life="i2", **here), talk(50, 40, session="p2", **here)])
    assert books() == [("p1", "i1", 2000, 1000), ("p1", "i2", 300, 200), ("p2", "i1", 50, 40)]
    assert talk_in("r1") == [Talk(maiwenn, 1240, 2350)]
    assert talk_of_rooms(["r1", "r2"]) == {"r1": 1240}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("received", "voice", "kept"),
    [
        (1, 0, True),
        (1, 1, True),
        (1, 2, False),
        (-1, -1, False),
        (1, -1, False),
        (MAX_MS, 1, True),
        (MAX_MS + 1, 1, False),
    ],
)
def test_what_cannot_be_true_is_dropped_and_counted(received: int, voice: int, *, kept: bool) -> None:
    send(talk(received, voice))
    drain()
    assert (len(books()), unreadable(), left()) == (kept, not kept, (0, 0))


@pytest.mark.django_db
def test_impossible_row_is_refused() -> None:
    with pytest.raises(IntegrityError, match="media_speaking_voice_was_received"), transaction.atomic():
        SpeakingReceipt.objects.create(session_key="s", relay_incarnation="i", room_key="r", received_ms=1, voice_ms=2)


@pytest.mark.django_db
def test_erased_person_leaves_the_numbers_and_has_them_in_their_copy(maiwenn: User) -> None:
    store_talk([talk(2000, 1000, person=maiwenn.public_id), talk(20, 10, session="p2")])
    (part, *_) = sound_parts(maiwenn)
    assert [(one["room_key"], one["voice_ms"]) for one in part.data["talked"]] == [("r1", 1000)]
    erase_sound(maiwenn)
    assert talk_in("r1") == [Talk(None, 1010, 2020)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_jobs_at_once_write_everything_once() -> None:
    send(*(talk(step * 100 + each, step, session=f"s{each}") for step in range(1, 21) for each in range(13)))
    assert sum(at_once(drain, drain, drain, drain)) == 260
    assert sorted(books()) == sorted((f"s{each}", "i1", 2000 + each, 20) for each in range(13))


@pytest.mark.django_db
def test_guests_are_counted_by_visit() -> None:
    def heard(guest: str, begins: int, ends: int | None) -> None:
        gone = {} if ends is None else {"gone_at": NOON + timedelta(minutes=ends), "gone_reason": "left"}
        MediaSession.objects.create(
            room_key="r1",
            guest_key=guest,
            kind=MediaKind.LISTEN,
            state=MediaState.CONNECTED if ends is None else MediaState.GONE,
            relay="relay-1",
            relay_incarnation="i1",
            epoch=0,
            created_at=NOON,
            connected_at=NOON + timedelta(minutes=begins),
            **gone,
        )

    heard("g1", 0, 3)
    heard("g1", 4, 9)
    heard("g2", 1, 2)
    heard("g3", 2, 3)
    heard("g3", 5, None)
    assert sorted(guest_visits("r1")) == [
        (NOON, NOON + timedelta(minutes=9)),
        (NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)),
        (NOON + timedelta(minutes=2), None),
    ]


@pytest.mark.django_db(transaction=True)
async def test_ten_seconds_of_tone_and_five_of_silence_are_measured_and_outlive_a_killed_relay(
    relay: RelayProcess, bridge: None, maiwenn: User, oliver: User
) -> None:
    """Real peers: Maïwenn talks for 10 s and is silent for 5; Oliver listens to all of it."""
    tone = Tone(440)
    async with peer("publish") as speaking, peer("listen") as listening:
        speaking.connection.getSenders()[0].replaceTrack(tone)
        await opened(listening, user=oliver)
        await opened(speaking, user=maiwenn, kind="publish")
        await in_pool(set_publish_muted)("r1", user=maiwenn, muted=False)
        began = tone._samples
        await until(lambda: tone._samples - began >= 10 * SAMPLE_RATE, "10 s of tone", 20)
        tone.volume = 0
        await until(lambda: tone._samples - began >= 15 * SAMPLE_RATE, "5 s of silence", 20)
        speaking.connection.getSenders()[0].replaceTrack(None)
        # Every 5 s each session's figures are told; what is in Redis outlives the relay.
        await in_pool(settled)(maiwenn)
        relay.send(signal.SIGKILL)
        relay.wait()
    await in_pool(drain)()
    (said,) = await in_pool(talk_in)("r1")
    heard = await in_pool(listened_in)("r1")
    assert said.person == maiwenn
    assert 9_500 <= said.voice_ms <= 10_500
    assert 14_500 <= said.received_ms <= 16_500
    assert 14_500 <= heard.delivered_ms <= 16_500
    # Nothing that was read already is counted again, whoever says it once more.
    before = await in_pool(books)()
    await in_pool(drain)()
    assert await in_pool(books)() == before


def settled(person: User) -> None:
    """Wait until the relay has told of the whole silence."""
    give_up = time.monotonic() + 15
    while True:
        drain()
        found = {one.person: one for one in talk_in("r1")}
        silence = found[person].received_ms - found[person].voice_ms if person in found else 0
        if silence >= 4_500 and listened_in("r1").delivered_ms >= 14_500:
            return
        assert time.monotonic() < give_up, found
        time.sleep(0.1)
