"""Offers and answers: what of a browser's SDP is let through to aiortc, and what was agreed on. Pure and fast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from media.relay.aiortc_internals import parse_sdp
from media.relay.messages import RefusalCode, RefusalError, may_be_sdp
from media.relay.rtp import AUDIO_LEVEL_URI

if TYPE_CHECKING:
    from aiortc.sdp import MediaDescription, SessionDescription

# A browser's offer of one audio line has about 70 lines; aiortc's parser takes quadratic time in some.
MAX_SDP_LINES: Final = 400
_CANDIDATES: Final = ("a=candidate:", "a=end-of-candidates")
_ICE_UFRAG: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
_ICE_PWD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")
# What the peer may say of its own direction, by what it wants here.
PUBLISH_DIRECTIONS: Final = frozenset({"sendonly", "sendrecv"})
LISTEN_DIRECTIONS: Final = frozenset({"recvonly"})


# What speakers are asked for: short packets on a good line, redundancy on a bad one, nothing while they are silent.
OPUS_PARAMETERS: Final = "minptime=10;useinbandfec=1;usedtx=1"


class BadSdpError(RefusalError):
    """The offer is not one of as many Opus lines as there may be, bundled and in the right direction."""

    code = RefusalCode.BAD_SDP


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What both sides agreed on: the payload type of Opus, and the id of the audio level, 0 for none."""

    payload_type: int
    level_id: int


def clean_offer(sdp: str, *, directions: frozenset[str], most_lines: int = 1) -> str:
    """Return the offer without its candidates. Raises BadSdpError.

    Candidates are learnt from the checks that arrive (peer-reflexive); a `.local` name in the SDP would block for a
    second and `end-of-candidates` would fail at once (measured).
    """
    if not may_be_sdp(sdp):
        raise BadSdpError
    lines = re.split(r"\r?\n", sdp.strip())
    if len(lines) > MAX_SDP_LINES:
        raise BadSdpError
    cleaned = "".join(f"{line}\r\n" for line in lines if not line.startswith(_CANDIDATES))
    _check(_parse(cleaned), directions, most_lines)
    return cleaned


def count_lines(sdp: str) -> int:
    """Return how many audio lines a cleaned offer has."""
    return len(_parse(sdp).media)


def negotiated_in(answer: str) -> Negotiated:
    """Return what an answer of aiortc's has settled; it is the same for all of its lines."""
    media = _parse(answer).media[0]
    opus = next(
        codec.payloadType
        for codec in media.rtp.codecs
        if codec.mimeType.lower() == "audio/opus" and codec.payloadType is not None
    )
    levels = [extension.id for extension in media.rtp.headerExtensions if extension.uri == AUDIO_LEVEL_URI]
    # Above 14 an id would need the two-byte form, for which no browser asks.
    level_id = levels[0] if levels and levels[0] <= 14 else 0
    return Negotiated(payload_type=opus, level_id=level_id)


def with_opus_parameters(answer: str, payload_type: int) -> str:
    """Return the answer with what the speaker's encoder is asked for; aiortc leaves it out."""
    line = f"a=rtpmap:{payload_type} opus/48000/2\r\n"
    return answer.replace(line, f"{line}a=fmtp:{payload_type} {OPUS_PARAMETERS}\r\n")


def _parse(sdp: str) -> SessionDescription:
    try:
        return parse_sdp(sdp)
    except Exception as error:
        # The parser answers nonsense with whatever it stumbles over.
        raise BadSdpError from error


def _check(description: SessionDescription, directions: frozenset[str], most_lines: int) -> None:
    lines = description.media
    if not 1 <= len(lines) <= most_lines or not all(_is_wanted(media, directions) for media in lines):
        raise BadSdpError
    if len(lines) > 1 and not _is_one_bundle(description):
        raise BadSdpError


def _is_wanted(media: MediaDescription, directions: frozenset[str]) -> bool:
    return bool(
        media.kind == "audio"
        and media.port != 0
        and (media.direction or "sendrecv") in directions
        and media.rtcp_mux
        and any(codec.mimeType.lower() == "audio/opus" for codec in media.rtp.codecs)
        and _ids_fit(media)
        and _has_keys(media)
    )


def _ids_fit(media: MediaDescription) -> bool:
    """Say whether every id fits its field: what the relay sends to a whole line must not fail for one odd offer."""
    return all(codec.payloadType is not None and 0 <= codec.payloadType <= 127 for codec in media.rtp.codecs) and all(
        1 <= extension.id <= 255 for extension in media.rtp.headerExtensions
    )


def _is_one_bundle(description: SessionDescription) -> bool:
    """Say whether all lines share one transport: the same credentials, or aiortc would wait for a second one."""
    lines = description.media
    mids = [media.rtp.muxId for media in lines]
    bundled = [group.items for group in description.group if group.semantic == "BUNDLE"]
    return (
        all(mids)
        and len(set(mids)) == len(mids)
        and bundled == [mids]
        and all(_transport_of(media) == _transport_of(lines[0]) for media in lines)
    )


def _transport_of(media: MediaDescription) -> tuple[object, ...]:
    """Return what lines on one transport have in common: credentials, and the meaning of ids on the wire."""
    assert media.ice is not None
    codecs = [(codec.payloadType, codec.mimeType) for codec in media.rtp.codecs]
    extensions = [(extension.id, extension.uri) for extension in media.rtp.headerExtensions]
    return media.ice.usernameFragment, media.ice.password, codecs, extensions


def _has_keys(media: MediaDescription) -> bool:
    return bool(
        media.dtls
        and media.ice
        and media.dtls.fingerprints
        and _ICE_UFRAG.fullmatch(media.ice.usernameFragment or "")
        and _ICE_PWD.fullmatch(media.ice.password or "")
    )
