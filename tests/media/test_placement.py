"""Which relay a room goes to."""

from __future__ import annotations

from typing import Any

import pytest

from media.placement import LOAD_LIMIT, relay_for
from media.relay.messages import Heartbeat

ROOMS = [f"room{number}" for number in range(300)]


def relay(name: str, **changes: Any) -> Heartbeat:
    fields: dict[str, Any] = {
        "v": 1,
        "relay": name,
        "incarnation": f"{name}-life",
        "beat": 1,
        "started_at": 1.0,
        "addresses": ["127.0.0.1"],
        "sessions": 0,
        "load": 0.0,
        "draining": False,
        "counts": {},
    }
    return Heartbeat(**(fields | changes))


def test_no_relay_for_a_room_when_there_is_none() -> None:
    assert relay_for("r1", []) is None


def test_rooms_spread_over_all_relays_whatever_their_order() -> None:
    relays = [relay(name) for name in "abc"]
    homes = [relay_for(room, relays) for room in ROOMS]
    assert homes == [relay_for(room, reversed(relays)) for room in ROOMS]
    assert all(60 <= homes.count(one) <= 140 for one in relays)


def test_relay_that_goes_moves_its_own_rooms_only() -> None:
    a, b, c = (relay(name) for name in "abc")
    for room in ROOMS:
        home = relay_for(room, [a, b, c])
        assert relay_for(room, [a, b]) == home or home == c


@pytest.mark.parametrize(("above", "taken"), [(-0.001, True), (0, False), (0.001, False)])
def test_relay_below_at_and_above_its_load(above: float, taken: bool) -> None:
    one = relay("a", load=LOAD_LIMIT + above)
    assert relay_for("r1", [one]) == (one if taken else None)


def test_full_or_draining_home_gives_way_to_the_next() -> None:
    relays = {name: relay(name) for name in "ab"}
    home = relay_for("r1", relays.values())
    assert home is not None
    other = relays["b" if home.relay == "a" else "a"]
    assert relay_for("r1", [relay(home.relay, load=1.0), other]) == other
    assert relay_for("r1", [relay(home.relay, draining=True), other]) == other


def test_of_two_lives_of_one_relay_the_younger() -> None:
    old, young = relay("a", incarnation="i1", started_at=1.0), relay("a", incarnation="i2", started_at=2.0)
    assert relay_for("r1", [young, old]) == young
