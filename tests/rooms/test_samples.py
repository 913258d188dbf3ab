"""What is told of a sample that changes: only who came and who went, and everybody's sample is the server's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.hub.room import HubRoom
from rooms.hub.samples import apply_changes, sample_changes

if TYPE_CHECKING:
    from accounts.selectors.people import PersonCard


def card(name: str, shown: str = "") -> PersonCard:
    return {"id": name, "handle": name, "name": shown or name, "portrait": ""}


def cards(names: str) -> list[PersonCard]:
    return [card(name) for name in names]


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ("abc", "abc", {"came": [], "gone": []}),
        ("abc", "bcd", {"came": cards("d"), "gone": ["a"]}),
        ("", "ab", {"came": cards("ab"), "gone": []}),
        # To say that six went is as long as to say that one stays.
        ("abcdef", "a", {"came": [], "gone": list("bcdef")}),
        ("abcdefg", "a", {"came": [], "gone": list("bcdefg")}),
        ("abcdefgh", "a", {}),
        ("ab", "", {}),
        # Somebody who came first came back from the stage, and stands in front again.
        ("bc", "abc", {}),
        ("abc", "acb", {}),
    ],
)
def test_changes_say_who_came_and_who_went(before: str, now: str, changes: dict[str, Any]) -> None:
    assert sample_changes(cards(before), cards(now)) == changes


def test_renamed_person_goes_and_comes() -> None:
    before, now = [card("a"), card("b")], [card("a"), card("b", "Bea")]
    assert sample_changes(before, now) == {"came": [card("b", "Bea")], "gone": ["b"]}


@given(st.lists(st.sampled_from("abcdefg"), unique=True), st.lists(st.sampled_from("abcdefg"), unique=True))
def test_changes_lead_to_the_next_sample_also_when_applied_twice(before: list[str], now: list[str]) -> None:
    old, new = cards("".join(before)), cards("".join(now))
    changes = sample_changes(old, new)
    if changes:
        once = apply_changes(old, changes["came"], changes["gone"])
        assert (once, apply_changes(once, changes["came"], changes["gone"])) == (new, new)


def test_pulse_is_whole_at_first_and_then_says_what_is_different() -> None:
    room = HubRoom("r1")
    told = []
    for people, sample in ((1, "a"), (2, "ab"), (2, "ab"), (1, "ba")):
        room.audience = {"people": people, "guests": 0, "away": [], "sample": cards(sample)}
        told.append(json.loads(room.next_pulse().text)["audience"])
    rest = {"guests": 0, "away": []}
    assert told == [
        {"people": 1, **rest, "sample": cards("a")},
        {"people": 2, **rest, "came": cards("b"), "gone": []},
        {"people": 2, **rest, "came": [], "gone": []},
        {"people": 1, **rest, "sample": cards("ba")},
    ]
    assert room.told == room.audience
