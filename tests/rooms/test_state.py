"""The reducer, the document and the types say the same."""

from __future__ import annotations

import re
from pathlib import Path

from rooms import protocol
from rooms.enums import Role
from rooms.state import _CHANGES, apply

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text()
STATE_JS = (ROOT / "rooms" / "static" / "rooms" / "js" / "state.js").read_text()


def names_in(heading: str) -> set[str]:
    """Return the first column of the table under a heading of the document."""
    section = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE))


def test_events_are_the_same_in_document_types_and_reducers() -> None:
    assert names_in("Events") == set(protocol.EVENT_TYPES) == set(_CHANGES)
    changes = STATE_JS.split("const CHANGES = {")[1].split("\n};")[0]
    assert set(re.findall(r'^  "?([a-z.]+)"?: \(', changes, re.MULTILINE)) == set(protocol.EVENT_TYPES)


def test_commands_are_the_same_in_document_and_types() -> None:
    assert names_in("From the client") == set(protocol.FRAME_TYPES)


def test_server_frames_are_the_same_in_document_and_types() -> None:
    assert names_in("From the server") == set(protocol.SERVER_FRAMES)


def test_errors_of_the_socket_are_in_the_document() -> None:
    from config.lib import errors as common
    from media import errors as sound
    from rooms import errors

    listed = names_in("Errors")
    of_rooms = {kind.code for kind in vars(errors).values() if isinstance(kind, type)} - {"too_many_rooms"}
    of_media = {
        kind.code for kind in vars(sound).values() if isinstance(kind, type) and issubclass(kind, common.DomainError)
    }
    shared = {"login_required", "forbidden", "not_found", "unavailable"}
    assert listed == (of_rooms | of_media | shared) - {"error"}


def test_unknown_event_changes_nothing() -> None:
    state = {"room": {}, "stage": [], "hands": [], "invited": []}
    assert apply(state, {"type": "from.the.future", "seq": 2}) == state


def test_roles_of_the_stage_are_those_of_the_protocol() -> None:
    assert set(protocol.StageRoleName.__args__) == {Role.HOST, Role.COHOST, Role.SPEAKER}
