"""Offers: what of a browser's SDP is let through to aiortc. Everything here is pure and fast."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from media.relay.aiortc_internals import parse_sdp
from media.relay.messages import RefusalCode, RefusalError, may_be_sdp

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


class BadSdpError(RefusalError):
    """The offer is not one of exactly one Opus line in the right direction."""

    code = RefusalCode.BAD_SDP


def clean_offer(sdp: str, *, directions: frozenset[str]) -> str:
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
    _check(_parse(cleaned), directions)
    return cleaned


def _parse(sdp: str) -> SessionDescription:
    try:
        return parse_sdp(sdp)
    except Exception as error:
        # The parser answers nonsense with whatever it stumbles over.
        raise BadSdpError from error


def _check(description: SessionDescription, directions: frozenset[str]) -> None:
    if len(description.media) != 1:
        raise BadSdpError
    media = description.media[0]
    if not (
        media.kind == "audio"
        and media.port != 0
        and (media.direction or "sendrecv") in directions
        and media.rtcp_mux
        and any(codec.mimeType.lower() == "audio/opus" for codec in media.rtp.codecs)
        and _has_keys(media)
    ):
        raise BadSdpError


def _has_keys(media: MediaDescription) -> bool:
    return bool(
        media.dtls
        and media.ice
        and media.dtls.fingerprints
        and _ICE_UFRAG.fullmatch(media.ice.usernameFragment or "")
        and _ICE_PWD.fullmatch(media.ice.password or "")
    )
