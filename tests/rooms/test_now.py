"""What the room's page shows before its script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation

from rooms.blocks import no_blocks
from rooms.now import MOST_HEADS, room_now

if TYPE_CHECKING:
    from rooms.now import Now


def person(name: str) -> dict[str, str]:
    return {"id": name, "handle": name, "name": name.title(), "portrait": f"/{name}.svg"}


def seat(name: str, role: str = "speaker", *, muted: bool = True) -> dict[str, Any]:
    return {"person": person(name), "role": role, "muted": muted}


def audience(people: int, guests: int = 0, sample: str = "", away: str = "") -> dict[str, Any]:
    return {
        "people": people,
        "guests": guests,
        "away": away.split(),
        "sample": [person(name) for name in sample.split()],
    }


def shown(
    you: str = "",
    hands: str = "",
    here: dict[str, Any] | None = None,
    stage: Any = None,
    blocks: Any = None,
    room: Any = None,
    *,
    followed: bool = False,
    guests_listen: bool = True,
) -> Now:
    state: dict[str, Any] = {
        "room": {
            "speak_rule": "everyone",
            "hands_locked": False,
            "closing_at": None,
            "guests_listen": guests_listen,
            "host_awaited_until": None,
            **(room or {}),
        },
        "stage": stage or [seat("host", "host")],
        "hands": [{"person": person(name), "raised_at": ""} for name in hands.split()],
        "invited": [],
        "chat": [],
        "board": [],
        "tips": [],
    }
    page: Any = {"state": state, "you": person(you) if you else None, "audience": here}
    page["blocks"] = blocks or no_blocks()
    page["followed_by_host"] = followed
    return room_now(page)


def test_stage_sits_by_role_then_arrival_and_says_it_in_words() -> None:
    stage = [seat("sam"), seat("co", "cohost", muted=False), seat("host", "host")]
    seats = shown("sam", here=audience(3, away="co"), stage=stage)["seats"]
    assert [(one["name"], one["label"]) for one in seats] == [
        ("Host", "Host, host, muted"),
        ("Co", "Co, co-host, microphone on, not connected"),
        ("You", "You, muted"),
    ]


def test_stage_says_of_whom_one_has_blocked_and_who_does_not_hear_one() -> None:
    stage = [seat("host", "host"), seat("bad"), seat("shy"), seat("sam")]
    blocks = {"any": True, "unheard": ["bad"], "unheard_by": ["shy"]}
    seats = shown("sam", here=audience(4), stage=stage, blocks=blocks)["seats"]
    assert [(one["apart"], one["label"]) for one in seats] == [
        (False, "Host, host, muted"),
        (True, "Bad, muted, blocked: you do not hear them"),
        (True, "Shy, muted, does not hear you"),
        (False, "You, muted"),
    ]


@pytest.mark.parametrize(
    ("here", "count", "note"),
    [
        (audience(1), "Nobody is listening yet", "Share the room: its link is enough to listen."),
        (audience(0, away="host"), "Nobody is listening yet", "Share the room: its link is enough to listen."),
        (audience(2), "1 listening", ""),
        (audience(2, guests=1), "2 listening", "1 without an account"),
        (audience(1, away="host"), "1 listening", ""),
        (audience(30_001, guests=2_000), "32,000 listening", "2,000 without an account"),
        (None, "Audience", ""),
    ],
)
def test_count_is_in_words(here: dict[str, Any] | None, count: str, note: str) -> None:
    now = shown(here=here)
    assert (now["count"], now["note"], now["known"]) == (count, note, here is not None)


def test_count_has_the_spaces_of_the_language() -> None:
    with translation.override("fr"):
        assert shown(here=audience(30_001))["count"] == "30\u00a0000 à l’écoute"


@pytest.mark.parametrize(
    ("people", "beyond"), [(2, ""), (3, ""), (4, "hall"), (1_000, "hall"), (1_001, "arena"), (30_001, "arena")]
)
def test_crowd_goes_on_behind_the_faces(people: int, beyond: str) -> None:
    # One of the people is the host, on the stage.
    assert shown(here=audience(people, sample="a b"))["beyond"] == beyond


def test_crowd_has_oneself_in_front_then_hands_then_who_came_first() -> None:
    heads = shown("me", hands="far b", here=audience(9, sample="a b me host"))["heads"]
    assert [(head["person"]["id"], head["raised"], head["me"]) for head in heads] == [
        ("me", False, True),
        ("far", True, False),
        ("b", True, False),
        ("a", False, False),
    ]


@pytest.mark.parametrize(("sample", "heads"), [(MOST_HEADS - 1, 59), (MOST_HEADS, 60), (MOST_HEADS + 1, 60)])
def test_crowd_at_below_and_above_its_size(sample: int, heads: int) -> None:
    here = audience(100, sample=" ".join(f"p{number}" for number in range(sample)))
    assert len(shown(here=here)["heads"]) == heads


@pytest.mark.parametrize(
    ("you", "hands", "doing", "rights"),
    [
        ("", "", "Log in to speak and to react.", (False, False, False, False)),
        ("me", "", "Raise your hand to speak.", (True, False, False, False)),
        ("me", "other me", "Your hand is up, number 2 in line.", (True, False, False, False)),
        ("sam", "", "You are on stage, muted.", (False, True, True, False)),
        ("host", "", "You are on stage, muted.", (False, True, False, True)),
    ],
)
def test_bar_and_caption_are_for_the_role(you: str, hands: str, doing: str, rights: tuple[bool, ...]) -> None:
    now = shown(you, hands, audience(3), [seat("host", "host"), seat("sam")])
    assert now["doing"] == doing
    assert (now["may_raise"], now["may_speak"], now["may_step_down"], now["may_end"]) == rights


@pytest.mark.parametrize(
    ("room", "followed", "words"),
    [
        ({"hands_locked": True}, True, "No more hands can go up just now."),
        ({"speak_rule": "followed"}, False, "People whom the host follows may raise a hand."),
        ({"speak_rule": "followed"}, True, "Raise your hand to speak."),
        ({"speak_rule": "invited"}, True, "Here hosts invite who speaks."),
    ],
)
def test_listener_reads_why_no_hand_can_go_up(room: dict[str, Any], followed: bool, words: str) -> None:
    assert shown("ann", room=room, followed=followed)["doing"] == words


def test_closed_queue_is_no_matter_for_who_waits_speaks_or_has_no_account() -> None:
    room = {"hands_locked": True}
    assert shown("ann", hands="ann", room=room)["doing"] == "Your hand is up, number 1 in line."
    assert shown("host", room=room)["doing"] == "You are on stage, muted."
    assert shown("", room=room)["doing"] == "Log in to speak and to react."


def test_room_that_asks_for_an_account_does_not_say_that_its_link_is_enough() -> None:
    assert shown(here=audience(0), guests_listen=False)["note"] == "Share the room, or ask people in."
