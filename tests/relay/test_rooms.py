"""A room's sound from speakers to listeners, encrypted and over real sockets: who hears whom, and in which slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pylibsrtp
import pytest

from media.relay import numbering, rtcp
from media.relay.rtp import WireProfile, source_number
from tests.relay.house import PROFILE, Heard, House, steady
from tests.relay.packets import OPUS, toc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def house() -> AsyncIterator[House]:
    one = House()
    yield one
    one.close()


def numbers_of(heard: list[Heard]) -> list[str | int]:
    """Return the names that the contributing sources stand for."""
    names = {source_number(name): name for name in ("a", "b", "c", "d", "me")}
    return [names.get(one.who, one.who) for one in heard]


async def test_listener_gets_the_speakers_packets_under_the_rooms_numbers(house: House) -> None:
    house.listen("me")
    house.speak("a")
    house.say("a", times=3, level=33)
    heard = house.heard("me")
    first = heard[0]
    assert heard == [
        Heard(
            slot=0,
            number=(first.number + number) & 0xFFFF,
            timestamp=(first.timestamp + 960 * number) & 0xFFFFFFFF,
            who=source_number("a"),
            marker=number == 0,
            payload=OPUS,
            level=33,
            payload_type=111,
        )
        for number in range(3)
    ]


async def test_listeners_with_other_ids_get_their_own(house: House) -> None:
    profiles = {"x": PROFILE, "y": WireProfile(109, 0, 3), "z": WireProfile(96, 1, 1)}
    for person, profile in profiles.items():
        house.listen(person, profile=profile)
    house.speak("a")
    house.say("a", times=2)
    for person, profile in profiles.items():
        heard = house.heard(person)
        assert {one.payload_type for one in heard} == {profile.payload_type}
        assert {one.level for one in heard} == {20 if profile.level_id else None}
        assert steady(heard)
        assert len(heard) == 2
    assert len(house.room.lines) == 3


async def test_listeners_of_both_families_are_on_one_line(house: House) -> None:
    house.listen("four")
    house.listen("six", host="::1")
    house.speak("a")
    house.say("a", times=5)
    assert house.heard("four") == house.heard("six")
    assert len(house.room.lines) == 1
    assert house.counts == {"out_packets": 10, "out_bytes": house.counts["out_bytes"]}


async def test_three_fill_three_slots_and_one_slot_has_the_loudest(house: House) -> None:
    house.listen("three")
    house.listen("one", profile=WireProfile(111, 1, 1))
    for person in "abc":
        house.speak(person)
    house.say("b", times=5, level=10)
    house.say("a", "b", "c", times=5, level=30)
    heard = house.heard("three")
    assert {(one.slot, name) for one, name in zip(heard, numbers_of(heard), strict=True)} == {
        (0, "b"),
        (1, "a"),
        (2, "c"),
    }
    assert all(steady([one for one in heard if one.slot == slot]) for slot in range(3))
    assert set(numbers_of(house.heard("one"))) == {"b"}


async def test_change_of_speaker_is_no_jump_of_the_slot(house: House) -> None:
    house.listen("me", profile=WireProfile(111, 1, 1))
    house.speak("a")
    house.speak("b")
    house.say("a", times=10)
    house.clock += 1.0
    house.say("b", times=10, timestamp=7)
    heard = house.heard("me")
    assert numbers_of(heard) == ["a"] * 10 + ["b"] * 10
    assert [one.number - heard[0].number for one in heard] == list(range(20))
    assert [position for position, one in enumerate(heard) if one.marker] == [0, 10]
    # The pause is as long for the ear as it was.
    assert heard[10].timestamp - heard[9].timestamp == round(1.02 * 48_000)


async def test_three_of_thirteen_talk_and_a_fourth_louder_one_takes_a_slot(house: House) -> None:
    house.listen("me")
    people = "abcdefghijklm"
    for person in people:
        house.speak(person)
    for _ in range(50):
        house.say(*people[3:], level=90)
        house.clock -= 0.02
        house.say(*people[:3], level=30)
    house.heard("me")
    began = house.clock
    taken_at = None
    for _ in range(50):
        house.say("a", "b", "c", level=30)
        house.clock -= 0.02
        house.say("m", level=10)
        if taken_at is None and source_number("m") in {one.who for one in house.heard("me")}:
            taken_at = house.clock
    assert taken_at is not None
    assert taken_at - began <= 0.2
    heard = house.heard("me")
    assert all(steady([one for one in heard if one.slot == slot]) for slot in range(3))


async def test_nobody_hears_themselves_and_the_others_are_not_disturbed(house: House) -> None:
    for person in ("a", "b", "me"):
        house.listen(person)
    house.speak("a")
    house.speak("b")
    house.say("a", "b", times=20)
    assert set(numbers_of(house.heard("a"))) == {"b"}
    assert set(numbers_of(house.heard("b"))) == {"a"}
    assert numbers_of(house.heard("me")) == ["a", "b"] * 20


async def test_listener_who_begins_to_speak_notices_nothing(house: House) -> None:
    for person in ("me", "other"):
        house.listen(person)
    house.speak("a")
    house.say("a", times=10)
    assert house.line_of("me") is house.line_of("other")
    house.speak("me")
    house.say("a", times=10)
    assert house.line_of("me") is not house.line_of("other")
    house.say("a", "me", times=10)
    heard, others = house.heard("me"), house.heard("other")
    assert (numbers_of(heard), steady(heard)) == (["a"] * 30, True)
    assert [one.marker for one in heard] == [True] + [False] * 29
    assert steady([one for one in others if one.slot == 0])
    assert numbers_of(others) == ["a"] * 20 + ["a", "me"] * 10
    # Their own line stays theirs when they have stopped speaking: nothing jumps back.
    house.room.remove_speaker("pub-me")
    own = house.line_of("me")
    house.say("a", times=10)
    assert house.line_of("me") is own
    heard += house.heard("me")
    assert (len(heard), steady(heard)) == (40, True)


async def test_numbers_after_a_split_go_on_over_a_wrap(house: House) -> None:
    house.listen("me")
    house.speak("a")
    house.set_last("me", 65_530)
    house.say("a", times=3)
    house.speak("me")
    house.say("a", times=10)
    heard = house.heard("me")
    assert (len(heard), heard[-1].number, steady(heard)) == (13, 7, True)


async def test_listener_who_leaves_from_the_middle(house: House) -> None:
    people = [f"p{number}" for number in range(20)]
    for person in people:
        house.listen(person)
    house.speak("a")
    house.say("a", times=5)
    for person in people[5:15:3]:
        house.leave(person)
    house.leave("nobody")
    house.say("a", times=5)
    for index, person in enumerate(people):
        heard = house.heard(person)
        assert (len(heard), steady(heard)) == (5 if 5 <= index < 15 and (index - 5) % 3 == 0 else 10, True)


async def test_listener_who_moves_hears_on_at_the_new_address(house: House) -> None:
    before = house.listen("me")
    house.listen("other")
    house.speak("a")
    house.say("a", times=5)
    first = house.heard("me")
    for host in ("127.0.0.1", "::1", "127.0.0.1"):
        house.move("me", host)
        house.say("a", times=5)
        first += house.heard("me")
    assert (len(first), steady(first), before.raw()) == (20, True, [])
    assert len(house.heard("other")) == 20
    house.room.move_listener("sub-nobody", before.address)


async def test_last_listener_of_a_line_takes_it_along(house: House) -> None:
    house.listen("me")
    house.listen("a")
    house.speak("a")
    assert len(house.room.lines) == 2
    house.leave("a")
    house.leave("me")
    assert (house.room.lines, house.room.listeners) == ([], {})
    house.say("a", times=2)


async def test_room_is_forgotten_with_its_last_session(house: House) -> None:
    again = house.rooms.enter("r1")
    assert (again is house.room, len(house.rooms)) == (True, 1)
    house.rooms.leave(again)
    assert len(house.rooms) == 1
    house.rooms.leave(again)
    assert len(house.rooms) == 0
    assert house.rooms.enter("r1") is not again


# The SRTP index of a stream is guessed from its numbers (RFC 3711 section 3.3.1): who begins after a wrap is lost.


@pytest.mark.parametrize(
    ("last", "shared"), [(64_998, True), (64_999, True), (65_000, False), (65_001, False), (65_530, False)]
)
async def test_who_joins_near_the_wrap_and_loses_the_first_packets_decrypts_after_it(
    house: House, last: int, shared: bool
) -> None:
    house.listen("early")
    house.speak("a")
    house.set_last("early", last)
    house.listen("late")
    assert (house.line_of("late") is house.line_of("early")) is shared
    house.say("a", times=400)
    house.receivers["late"].raw()
    house.say("a", times=400)
    late = house.heard("late")
    assert (len(late), steady(late)) == (400, True)
    house.receivers["early"].raw()


async def test_joining_anywhere_would_leave_listeners_without_sound(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "JOIN_BELOW", 65_536)
    house.listen("early")
    house.speak("a")
    house.set_last("early", 65_400)
    late = house.listen("late")
    assert house.line_of("late") is house.line_of("early")
    house.say("a", times=200)
    late.raw()
    house.say("a", times=200)
    failed = 0
    for data in late.raw():
        with pytest.raises(pylibsrtp.Error):
            late.incoming.unprotect(data)
        failed += 1
    assert failed == 200


async def test_listener_decrypts_on_over_the_wrap(house: House) -> None:
    house.listen("me", profile=WireProfile(111, 1, 1))
    house.speak("a")
    house.set_last("me", 60_000)
    heard = 0
    for _ in range(20):
        house.say("a", times=1000)
        heard += len(house.heard("me"))
    assert heard == 20_000


async def test_source_that_jumps_desynchronises_nobody(house: House) -> None:
    """A speaker may write any numbers: without the limit, who loses one packet would lose all that follow."""
    house.listen("me", profile=WireProfile(111, 1, 1))
    house.speak("a")
    number, heard = 0, []
    for turn in range(30):
        number += 0x7FFF
        house.say("a", arrival=house.clock, ssrc=5, **_numbered(number))
        if turn % 3:
            heard += house.heard("me")
        else:
            house.receivers["me"].raw()
    assert len(heard) == 20


def _numbered(number: int) -> dict[str, Any]:
    return {"timestamp": 960 * number, "number": number}


@pytest.mark.parametrize(
    ("config", "code", "stereo", "milliseconds"),
    [(30, 0, False, 10), (31, 0, True, 20), (3, 0, False, 60), (28, 3, True, 10), (31, 1, False, 40)],
)
async def test_packets_of_any_length_go_through_as_they_are(
    house: House, config: int, code: int, stereo: bool, milliseconds: int
) -> None:
    house.listen("me")
    house.speak("a")
    payload = bytes((toc(config, code, stereo=stereo), 4, 1, 2, 3))
    for number in range(20):
        house.say(
            "a", payload=payload, timestamp=48 * milliseconds * number, arrival=1000 + milliseconds * number / 1000
        )
    heard = house.heard("me")
    assert {one.payload for one in heard} == {payload}
    assert [one.timestamp - heard[0].timestamp for one in heard] == [48 * milliseconds * n for n in range(20)]
    listener = house.room.listeners["sub-me"]
    assert listener.delivered_seconds == pytest.approx(20 * milliseconds / 1000)


# Receipts count time with sound, however many speak in it, and nothing else.


async def test_delivered_seconds_count_overlapping_speech_once_and_pauses_not(house: House) -> None:
    house.listen("me")
    for person in "abc":
        house.speak(person)
    house.say("a", "b", "c", times=50)
    house.clock += 30
    house.say("a", times=50)
    house.listen("late")
    house.say("b", times=50)
    seconds = {name: one.delivered_seconds for name, one in house.room.listeners.items()}
    assert seconds == pytest.approx({"sub-me": 3.0, "sub-late": 1.0}, abs=0.021)


async def test_delivered_seconds_go_on_over_a_split(house: House) -> None:
    house.listen("me")
    house.speak("a")
    house.say("a", times=50)
    house.speak("me")
    house.say("a", times=50)
    # One's own voice is nothing that one was sent.
    house.say("me", times=50)
    assert house.room.listeners["sub-me"].delivered_seconds == pytest.approx(2.0, abs=0.021)


async def test_reports_reach_everybody_once_in_five_ticks_and_are_right(house: House) -> None:
    for number in range(7):
        house.listen(f"p{number}")
    house.speak("a")
    house.say("a", times=50)
    for receiver in house.receivers.values():
        receiver.packets()
    for tick in range(5):
        house.room.report(tick, house.clock)
    numbers = house.line_of("p0").numberings[0]
    for receiver in house.receivers.values():
        (data,) = receiver.raw()
        report, description = rtcp.parse(receiver.incoming.unprotect_rtcp(data))
        assert (report.ssrc, report.sender_info.packet_count) == (house.room.ssrcs[0], 50)  # type: ignore[attr-defined]
        assert report.sender_info.octet_count == 50 * len(OPUS)  # type: ignore[attr-defined]
        assert report.sender_info.ntp_timestamp == rtcp.ntp_time(house.clock)  # type: ignore[attr-defined]
        assert report.sender_info.rtp_timestamp == numbers.timestamp_at(house.clock)  # type: ignore[attr-defined]
        assert description.chunks[0].items == [(1, b"causerie")]  # type: ignore[attr-defined]


async def test_quiet_gives_the_slot_to_others_at_once(house: House) -> None:
    house.listen("me", profile=WireProfile(111, 1, 1))
    house.speak("a")
    house.speak("b")
    house.say("a", times=5, level=10)
    house.room.quiet("pub-a")
    house.say("b", times=5, level=80)
    heard = house.heard("me")
    assert (numbers_of(heard), steady(heard)) == (["a"] * 5 + ["b"] * 5, True)


# Whom a listener does not hear.


async def test_unheard_speaker_is_left_out_for_one_and_heard_by_others(house: House) -> None:
    for person in ("me", "other", "third"):
        house.listen(person)
    for person in "ab":
        house.speak(person)
    house.say("a", "b", times=5)
    house.set_unheard("me", "a")
    house.say("a", "b", times=5)
    assert numbers_of(house.heard("me")) == ["a", "b"] * 5 + ["b"] * 5
    assert numbers_of(house.heard("other")) == numbers_of(house.heard("third")) == ["a", "b"] * 10
    assert len(house.room.lines) == 2


async def test_who_is_heard_again_goes_on_under_unbroken_numbers(house: House) -> None:
    house.listen("me", profile=WireProfile(111, 1, 1))
    house.listen("other", profile=WireProfile(111, 1, 1))
    house.speak("a")
    house.say("a", times=5)
    house.set_unheard("me", "a")
    house.say("a", times=2000)
    house.set_unheard("me")
    house.say("a", times=5)
    heard = house.heard("me")
    assert (len(heard), steady(heard), heard[5].marker) == (10, True, True)
    # The pause is one for the decoder, too.
    assert (heard[5].timestamp - heard[4].timestamp) & 0xFFFFFFFF == 960 * 2001


async def test_unheard_from_the_beginning_shares_a_line_with_those_who_hear_the_same(house: House) -> None:
    house.listen("everything")
    for person in ("me", "too"):
        house.listen(person, unheard=["a"])
    house.speak("a")
    house.speak("b")
    house.say("a", "b", times=3)
    assert numbers_of(house.heard("me")) == numbers_of(house.heard("too")) == ["b"] * 3
    assert numbers_of(house.heard("everything")) == ["a", "b"] * 3
    assert house.line_of("me") is house.line_of("too")
    assert len(house.room.lines) == 2


async def test_newcomer_does_not_join_the_line_of_who_was_alone_and_now_hears_less(house: House) -> None:
    house.listen("me")
    house.set_unheard("me", "a")
    house.listen("new")
    house.speak("a")
    house.say("a", times=3)
    assert (house.heard("me"), numbers_of(house.heard("new"))) == ([], ["a"] * 3)


async def test_unheard_person_and_own_voice_are_both_left_out(house: House) -> None:
    house.listen("me", unheard=["a"])
    house.listen("too", unheard=["a"])
    for person in ("a", "b", "me"):
        house.speak(person)
    house.say("a", "b", "me", times=3)
    assert numbers_of(house.heard("me")) == ["b"] * 3
    assert numbers_of(house.heard("too")) == ["b", "me"] * 3
    house.set_unheard("me", "b")
    house.say("a", "b", "me", times=3)
    assert numbers_of(house.heard("me")) == ["a"] * 3
    house.set_unheard("nobody", "a")


async def test_what_is_left_out_counts_as_nothing_delivered(house: House) -> None:
    house.listen("me")
    house.listen("other")
    house.speak("a")
    house.say("a", times=50)
    house.set_unheard("me", "a")
    house.say("a", times=50)
    seconds = {name: one.delivered_seconds for name, one in house.room.listeners.items()}
    assert seconds == pytest.approx({"sub-me": 1.0, "sub-other": 2.0}, abs=0.021)
