"""Who is heard: the loudest three, without flapping; packets every 20 ms, as browsers send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from media.relay.slots import IDLE_SECONDS, KEPT_SECONDS, LOUDER_BY, MISSED_SECONDS, PACKETS_IN_A_ROW, Slots, loudness

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKET = 0.02


class Table:
    """People who talk at one table, packet by packet."""

    def __init__(self, count: int = 3) -> None:
        self.slots: Slots[str] = Slots(count)
        self.now = 100.0
        self.changes = 0

    def talk(self, levels: Mapping[str, int | None], seconds: float) -> None:
        """Let everybody of `levels` send for so long."""
        for _ in range(round(seconds / PACKET)):
            for speaker, level in levels.items():
                before = list(self.slots.holders)
                self.slots.assign(speaker, level, self.now)
                self.changes += before != self.slots.holders
            self.now += PACKET

    @property
    def heard(self) -> set[str | None]:
        return set(self.slots.holders)


def test_first_three_have_slots_at_once_and_keep_them() -> None:
    table = Table()
    assert [table.slots.assign(who, 30, table.now) for who in "abca"] == [0, 1, 2, 0]
    assert table.slots.holders == ["a", "b", "c"]


def test_thirteen_equally_loud_never_flap() -> None:
    table = Table()
    table.talk(dict.fromkeys("abcdefghijklm", 30), 10)
    assert (table.heard, table.changes) == ({"a", "b", "c"}, 3)


@pytest.mark.parametrize("difference", [LOUDER_BY - 1, LOUDER_BY, LOUDER_BY + 1])
def test_newcomer_below_at_and_above_the_difference(difference: float) -> None:
    table = Table()
    levels = dict.fromkeys("abc", 40)
    table.talk(levels, 1)
    table.talk(levels | {"d": 40 - round(difference)}, 5)
    assert ("d" in table.heard) is (difference >= LOUDER_BY)
    assert table.changes == 3 + (difference >= LOUDER_BY)


def test_loudest_of_thirteen_are_heard_and_a_fourth_takes_a_slot_within_200_ms() -> None:
    table = Table()
    levels = dict.fromkeys("defghijklm", 60) | {"a": 30, "b": 32, "c": 34}
    table.talk(levels, 3)
    assert table.heard == {"a", "b", "c"}
    table.talk(levels | {"m": 10}, 0.2)
    assert table.heard == {"a", "b", "m"}
    changes = table.changes
    table.talk(levels | {"m": 10}, 5)
    assert table.changes == changes


@pytest.mark.parametrize(
    ("packets", "taken"), [(PACKETS_IN_A_ROW - 1, False), (PACKETS_IN_A_ROW, True), (PACKETS_IN_A_ROW + 1, True)]
)
def test_newcomer_is_louder_for_some_packets_in_a_row(packets: int, taken: bool) -> None:
    table = Table()
    table.talk(dict.fromkeys("abc", 40), 1)
    for _ in range(packets):
        table.talk({"a": 40, "b": 40, "c": 40, "d": 20}, PACKET)
    assert ("d" in table.heard) is taken


@pytest.mark.parametrize(("seconds", "taken"), [(KEPT_SECONDS - 0.02, False), (0.4, True), (0.401, True)])
def test_holder_is_left_in_peace_for_a_while(seconds: float, taken: bool) -> None:
    """Nobody loses a slot within 0.4 s of having got it, however loud others are."""
    slots: Slots[str] = Slots(1)
    slots.assign("a", 40, 0.0)
    for step in range(1, 19):
        slots.assign("a", 40, PACKET * step)
        assert slots.assign("b", 20, PACKET * step) is None
    assert (slots.assign("b", 20, seconds) == 0) is taken


@pytest.mark.parametrize(("silent", "taken"), [(IDLE_SECONDS - 0.01, False), (0.5, False), (0.51, True)])
def test_who_sends_nothing_for_half_a_second_loses_the_slot_to_anybody(silent: float, taken: bool) -> None:
    slots: Slots[str] = Slots(1)
    slots.assign("a", 20, 0.0)
    assert (slots.assign("b", 55, silent) == 0) is taken


@pytest.mark.parametrize(("silent", "taken"), [(MISSED_SECONDS - 0.01, False), (0.15, False), (0.16, True)])
def test_speech_takes_the_slot_of_somebody_who_sends_nothing_more(silent: float, taken: bool) -> None:
    slots: Slots[str] = Slots(1)
    slots.assign("a", 20, 0.0)
    assert (slots.assign("b", 45, silent) == 0) is taken


def test_speech_takes_the_slot_of_somebody_quiet_at_once() -> None:
    slots: Slots[str] = Slots(1)
    slots.assign("a", 61, 100.0)
    assert slots.assign("b", 50, 100.02) is None
    assert slots.assign("c", 49, 100.02) == 0


def test_silence_takes_nobodys_slot() -> None:
    table = Table()
    table.talk({"a": 30, "b": 30, "c": 30, "d": 127}, 3)
    assert (table.heard, table.changes) == ({"a", "b", "c"}, 3)


def test_a_breath_between_words_costs_no_slot() -> None:
    table = Table()
    others = {"b": 20, "c": 20, "d": 38}
    table.talk({"a": 30} | others, 1)
    table.talk({"a": 70} | others, 0.06)
    table.talk({"a": 30} | others, 1)
    assert table.heard == {"a", "b", "c"}


def test_who_returns_after_a_pause_is_not_measured_by_what_they_said_before() -> None:
    slots: Slots[str] = Slots(1)
    slots.assign("a", 20, 100.0)
    slots.assign("b", 20, 100.02)
    for step in range(30):
        slots.assign("a", 20, 102 + PACKET * step)
    assert slots.assign("b", 90, 102.6) is None
    assert slots._voices["b"].level == 90


def test_forget_frees_the_slot_for_the_next() -> None:
    slots: Slots[str] = Slots(1)
    slots.assign("a", 20, 100.0)
    slots.forget("a")
    slots.forget("nobody")
    assert slots.holders == [None]
    assert slots.assign("b", 100, 100.0) == 0


def test_the_slot_that_was_silent_for_longest_is_given_first() -> None:
    slots: Slots[str] = Slots(3)
    for order, who in enumerate("abc"):
        slots.assign(who, 20, 100 + 0.1 * order)
    slots.assign("a", 20, 100.25)
    assert slots.assign("d", 20, 101.0) == 1


@pytest.mark.parametrize(("level", "counts"), [(None, 40), (0, 0), (127, 127), (128, 127)])
def test_loudness_of_any_level(level: int | None, counts: int) -> None:
    assert loudness(level) == counts
