"""Every use of aiortc, aioice and pylibsrtp beyond their public API, in one place, checked when the relay starts.

aiortc does SDP and DTLS. Its ICE agent is replaced by the relay's own, its RTP and RTCP paths are never started: the
relay takes the SRTP sessions that the handshake has made. The names have been the same from aiortc 1.9 to 1.16;
requirements pin `aiortc~=1.16`.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import aiortc.rtcdtlstransport
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.sdp
import pylibsrtp
from aiortc import (
    RTCBundlePolicy,
    RTCCertificate,
    RTCConfiguration,
    RTCDtlsTransport,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
)
from aiortc.rtcrtptransceiver import RTCRtpTransceiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiortc.rtcdtlstransport import SRTPProtectionProfile
    from OpenSSL import SSL
    from pylibsrtp import Session as SrtpSession

AIORTC_VERSION = "1.16"
_EXPECTED: tuple[tuple[Any, str], ...] = (
    (aiortc.rtcicetransport, "Connection"),
    (aiortc.rtcpeerconnection, "RTCCertificate"),
    (aiortc.sdp.SessionDescription, "parse"),
    (RTCCertificate, "_create_ssl_context"),
    (RTCDtlsTransport, "_setup_srtp"),
    (RTCRtpReceiver, "receive"),
    (RTCRtpReceiver, "stop"),
    (RTCRtpSender, "send"),
    (RTCRtpSender, "stop"),
    (RTCRtpTransceiver, "setCodecPreferences"),
    (pylibsrtp, "ffi"),
    (pylibsrtp, "lib"),
)

# What a peer connection has inside; see `slim`.
_LOCAL = "_RTCPeerConnection__currentLocalDescription"
_REMOTE = "_RTCPeerConnection__currentRemoteDescription"
_REMOTE_DTLS = "_RTCPeerConnection__remoteDtls"
_LINES = "_RTCPeerConnection__transceivers"

# libsrtp's own functions, past pylibsrtp's copying: see media.relay.fanout.
srtp_ffi: Any = vars(pylibsrtp)["ffi"]
srtp_protect: Any = vars(pylibsrtp)["lib"].srtp_protect

# aiortc's certificates last 30 days.
CERTIFICATE_SECONDS = 24 * 3600
_AGENT = "_relay_agent"
_OPUS = [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]
_agent_for_new: ContextVar[Any] = ContextVar("agent_for_new", default=None)
_aioice_connection: Any = vars(aiortc.rtcicetransport)["Connection"]


class UnexpectedAiortcError(RuntimeError):
    """The installed aiortc is not the one that the relay was written for."""


def check() -> None:
    """Raise UnexpectedAiortcError if something that the relay relies on is not there."""
    installed = version("aiortc")
    missing = [f"{getattr(owner, '__name__', owner)}.{name}" for owner, name in _EXPECTED if not hasattr(owner, name)]
    inside = RTCPeerConnection.__init__.__code__.co_names
    missing += [name for name in (_LOCAL, _REMOTE, _REMOTE_DTLS, _LINES) if name not in inside]
    if missing or not installed.startswith(f"{AIORTC_VERSION}."):
        msg = (
            f"The relay needs aiortc {AIORTC_VERSION}.x; installed is {installed}, "
            f"missing: {', '.join(missing) or 'nothing'}. Install the versions of requirements/base.txt."
        )
        raise UnexpectedAiortcError(msg)


def parse_sdp(text: str) -> aiortc.sdp.SessionDescription:
    """Return the description. Raises whatever the parser stumbles over if it is none."""
    return aiortc.sdp.SessionDescription.parse(text)


def new_peer(agent: object) -> RTCPeerConnection:
    """Return a peer connection without transceivers, whose only transport will use `agent` for ICE."""
    _install()
    with _making_for(agent):
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    vars(peer)[_AGENT] = agent
    return peer


def add_audio(peer: RTCPeerConnection, *, direction: str, ssrc: int | None = None) -> RTCRtpTransceiver:
    """Add an audio line that aiortc negotiates and then leaves alone; `ssrc` is what it says the relay sends.

    By itself it would start a decoder thread for a speaker, fill a queue without bound that nobody empties, and look
    every 20 ms whether there is something to send to a listener.
    """
    with _making_for(vars(peer)[_AGENT]):
        transceiver = peer.addTransceiver("audio", direction=direction)
    if ssrc is not None:
        vars(transceiver.sender)["_ssrc"] = ssrc
    for end, names in ((transceiver.receiver, ("receive", "stop")), (transceiver.sender, ("send", "stop"))):
        for name in names:
            vars(end)[name] = _nothing
    return transceiver


def opus_only(transceiver: RTCRtpTransceiver) -> None:
    """Negotiate no other codec than Opus."""
    transceiver.setCodecPreferences(_OPUS)


def srtp_sessions(transceiver: RTCRtpTransceiver) -> tuple[SrtpSession, SrtpSession]:
    """Return what the finished handshake has made: the session that decrypts and the one that encrypts."""
    transport = vars(transceiver.sender.transport)
    return transport["_rx_srtp"], transport["_tx_srtp"]


def srtp_context(session: SrtpSession) -> Any:
    """Return libsrtp's own handle of a session, for `srtp_protect`; it lives as long as the session."""
    return vars(session)["_srtp"][0]


def slim(peer: RTCPeerConnection) -> None:
    """Forget what a connected peer needs no more: descriptions, and all lines but the first, which has the transport.

    They are most of what a listener costs in memory, and of what a garbage collection has to look at.
    """
    inside = vars(peer)
    inside[_LOCAL] = inside[_REMOTE] = None
    inside[_REMOTE_DTLS].clear()
    del inside[_LINES][1:]


async def dismantle(peer: RTCPeerConnection) -> None:
    """Close a peer that was connected and take it apart, so that it is freed at once.

    Its parts point at each other: only a full garbage collection would find them, which looks at every session.
    """
    transceiver = peer.getTransceivers()[0]
    transport: Any = transceiver.sender.transport
    pump = vars(transport)["_task"]
    await peer.close()
    if pump is not None:
        await asyncio.wait([pump])
    for part in (transport.transport.iceGatherer, transport.transport, transport, transceiver.sender):
        vars(part).clear()
    for part in (transceiver.receiver, transceiver, peer):
        vars(part).clear()


async def _nothing(_parameters: object = None) -> None:
    pass


@contextmanager
def _making_for(agent: object) -> Iterator[None]:
    token = _agent_for_new.set(agent)
    try:
        yield
    finally:
        _agent_for_new.reset(token)


@cache
def _install() -> None:
    """Put the relay's agent and certificate in the place of aiortc's own, for the relay's peers only."""
    vars(aiortc.rtcicetransport)["Connection"] = _connection
    vars(aiortc.rtcpeerconnection)["RTCCertificate"] = _SharedCertificate


def _connection(*args: Any, **options: Any) -> Any:
    """Return the relay's agent where it makes a peer, and aioice's own for everybody else in this process."""
    agent = _agent_for_new.get()
    return _aioice_connection(*args, **options) if agent is None else agent


class _SharedCertificate(RTCCertificate):
    """One certificate and one SSL context for all of the relay's peers: each would cost time and memory with each."""

    _shared: _SharedCertificate | None = None
    _renew_at = 0.0
    _context: SSL.Context | None = None

    @classmethod
    def generateCertificate(cls) -> RTCCertificate:  # type: ignore[override]  # noqa: N802 - aiortc's name; others get its own
        if _agent_for_new.get() is None:
            return RTCCertificate.generateCertificate()
        if cls._shared is None or time.monotonic() >= cls._renew_at:
            fresh = RTCCertificate.generateCertificate()
            cls._shared = cls(key=vars(fresh)["_key"], cert=vars(fresh)["_cert"])
            cls._renew_at = time.monotonic() + CERTIFICATE_SECONDS
        return cls._shared

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
        return self._context
