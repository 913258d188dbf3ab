"""The reducer, the document and the types say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rooms import protocol
from rooms.enums import Role, StageRole
from rooms.state import _CHANGES, apply

if TYPE_CHECKING:
    from types import ModuleType

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

    def codes_in(module: ModuleType) -> set[str]:
        found = [kind for kind in vars(module).values() if isinstance(kind, type)]
        return {kind.code for kind in found if issubclass(kind, common.DomainError)}

    of_rooms, of_media = codes_in(errors) - {"too_many_reports", "already_decided", "version_conflict"}, codes_in(sound)
    shared = {"login_required", "forbidden", "not_found", "unavailable", "feature_closed"}
    assert listed == (of_rooms | of_media | shared) - {"error"}


def test_unknown_event_changes_nothing() -> None:
    state: Any = {"room": {}, "stage": [], "hands": [], "invited": [], "chat": [], "board": [], "tips": []}
    assert apply(state, {"type": "from.the.future", "seq": 2}) == state


def test_roles_of_the_stage_are_those_of_the_protocol() -> None:
    assert {role.value for role in StageRole} == {Role.HOST, Role.COHOST, Role.SPEAKER}
