"""The frames of docs/protocol.md: how they are read and written.

A test compares these types, the document and the browser's state.js.
"""

from __future__ import annotations

from typing import Any

import msgspec

from config.lib.daphne_sockets import Frame
from rooms.errors import BadFrameError, TooLargeError, UnknownTypeError
from rooms.protocol.commands import MAX_COMMAND_BYTES, ClientFrame, CommandId
from rooms.protocol.events import Event

SERVER_FRAMES = (
    "welcome",
    "snapshot",
    "events",
    "pulse",
    "talking",
    "reactions",
    "media.gone",
    "blocks.changed",
    "seat.moved",
    "ok",
    "error",
    "reconnect",
)


class _Head(msgspec.Struct):
    type: str
    id: CommandId | None = None


FRAME_TYPES: dict[str, type[msgspec.Struct]] = {
    str(struct.__struct_config__.tag): struct for struct in ClientFrame.__args__
}
EVENT_TYPES: dict[str, type[msgspec.Struct]] = {str(struct.__struct_config__.tag): struct for struct in Event.__args__}
_frames = msgspec.json.Decoder(ClientFrame)
_heads = msgspec.json.Decoder(_Head)


def parse_frame(text: str) -> ClientFrame:
    """Return the frame that `text` holds.

    Raises TooLargeError, BadFrameError or UnknownTypeError.
    """
    if len(text) > MAX_COMMAND_BYTES or len(raw := text.encode()) > MAX_COMMAND_BYTES:
        raise TooLargeError
    try:
        frame: ClientFrame = _frames.decode(raw)
    except msgspec.DecodeError as error:
        head = _head_of(raw)
        if head is not None and head.type not in FRAME_TYPES:
            raise UnknownTypeError from error
        raise BadFrameError from error
    return frame


def command_id_of(text: str) -> str | None:
    """Return the command's id from a frame that may be wrong otherwise, so that its refusal can name it."""
    head = None if len(text) > MAX_COMMAND_BYTES else _head_of(text.encode())
    return head.id if head else None


def _head_of(raw: bytes) -> _Head | None:
    try:
        return _heads.decode(raw)
    except msgspec.DecodeError:
        return None


def encode(frame: dict[str, Any]) -> Frame:
    """Return the frame as it goes over the wire."""
    return Frame(msgspec.json.encode(frame).decode())
