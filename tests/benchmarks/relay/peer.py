"""A WebRTC peer that is as cheap as it can be while ICE, DTLS and SRTP are real: one UDP socket, no tasks, no codecs.

It does what a browser does on the wire: it offers, is the controlling agent, checks every 2.5 s, and is the server of
DTLS when the answer says `active`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
from functools import cache
from typing import Any, Final

from aioice import stun
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate, SRTPProtectionProfile, certificate_digest
from OpenSSL import SSL
from pylibsrtp import Policy
from pylibsrtp import Session as SrtpSession

from tests.benchmarks.relay.offer import offer_of

# Chromium checks every 48 ms until it is answered, then every 480 ms until all is settled.
FIRST_CHECKS_SECONDS: Final = 0.048
NEXT_CHECKS_SECONDS: Final = 0.48
# Linux's SO_TIMESTAMPNS: the kernel notes when a datagram came, so a client that reads late measures no less well.
SO_TIMESTAMPNS: Final = 35
# As Chromium offers them: GCM only for whoever has nothing else.
PROFILES: Final = sorted(SRTP_PROFILES, key=lambda profile: b"GCM" in profile.openssl_profile)
_PRIORITY: Final = 0x6E7F00FF


@cache
def _certificate() -> RTCCertificate:
    """Return one certificate for all: making them is not what is measured."""
    return RTCCertificate.generateCertificate()


@cache
def _context() -> SSL.Context:
    return _certificate()._create_ssl_context(PROFILES)


class Answer:
    """What the peer needs of an answer."""

    def __init__(self, sdp: str) -> None:
        self.username = _found(r"a=ice-ufrag:(\S+)", sdp)
        self.password = _found(r"a=ice-pwd:(\S+)", sdp)
        self.fingerprint = _found(r"a=fingerprint:sha-256 (\S+)", sdp)
        self.we_are_server = _found(r"a=setup:(\w+)", sdp) == "active"
        self.payload_type = int(_found(r"a=rtpmap:(\d+) opus", sdp))
        candidate = re.search(r"a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host", sdp)
        if candidate is None:
            msg = "the answer has no IPv4 candidate"
            raise ConnectionError(msg)
        self.address = (candidate[1], int(candidate[2]))


def _found(pattern: str, sdp: str) -> str:
    match = re.search(pattern, sdp)
    if match is None:
        msg = f"the answer has no {pattern}"
        raise ConnectionError(msg)
    return match[1]


class Peer:
    """`lines` audio lines in one direction; `send_ssrc` is what a speaker sends with, 0 for listeners."""

    def __init__(self, *, lines: int, send_ssrc: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.incoming: Any = None
        self.outgoing: Any = None
        self.answer: Answer
        self._lines = lines
        self.send_ssrc = send_ssrc
        self._username, self._password = secrets.token_hex(2), secrets.token_hex(12)
        self._tie_breaker = secrets.randbits(64)
        self._timer: asyncio.TimerHandle | None = None
        self._ssl: Any = None
        self._answered = False

    def offer(self) -> str:
        return offer_of(
            username=self._username,
            password=self._password,
            fingerprint=certificate_digest(_certificate()._cert, "sha-256"),
            lines=self._lines,
            send_ssrc=self.send_ssrc,
        )

    def accept(self, sdp: str) -> None:
        """Begin to check; `connected` is done when the keys are there."""
        self.answer = Answer(sdp)
        self.socket.connect(self.answer.address)
        self._ssl = SSL.Connection(_context())
        if self.answer.we_are_server:
            self._ssl.set_accept_state()
        else:
            self._ssl.set_connect_state()
        self._begin_checks()

    def _begin_checks(self) -> None:
        """Check now and again until connected."""
        self.check()
        pause = NEXT_CHECKS_SECONDS if self._answered else FIRST_CHECKS_SECONDS
        self._timer = asyncio.get_running_loop().call_later(pause, self._begin_checks)

    def check(self) -> None:
        """Send a connectivity check with nomination, as the controlling agent does."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes |= {
            "USERNAME": f"{self.answer.username}:{self._username}",
            "PRIORITY": _PRIORITY,
            "ICE-CONTROLLING": self._tie_breaker,
            "USE-CANDIDATE": None,
        }
        request.add_message_integrity(self.answer.password.encode())
        self.send(bytes(request))

    def send(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            self.socket.send(data)

    def receive(self, data: bytes) -> None:
        """Take what is neither RTP nor RTCP."""
        if data[0] < 4:
            self._receive_stun(stun.parse_message(data))
        elif 19 < data[0] < 64:
            self._ssl.bio_write(data)
            self._shake_hands()

    def _receive_stun(self, message: stun.Message) -> None:
        if message.message_class == stun.Class.REQUEST:
            response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            response.attributes["XOR-MAPPED-ADDRESS"] = self.answer.address
            response.add_message_integrity(self._password.encode())
            self.send(bytes(response))
            return
        self._answered = True
        if not self.answer.we_are_server and self.incoming is None:
            self._shake_hands()

    def _shake_hands(self) -> None:
        """Go on with DTLS, and take the keys once it is through."""
        with contextlib.suppress(SSL.WantReadError, SSL.ZeroReturnError):
            if self.incoming is None:
                self._ssl.do_handshake()
                self._take_keys()
            else:
                # What the other end repeats because our last flight was lost.
                self._ssl.recv(1500)
        with contextlib.suppress(SSL.WantReadError):
            self.send(self._ssl.bio_read(1500))

    def _take_keys(self) -> None:
        """Make the SRTP sessions (RFC 5764 section 4.2) if the certificate is the answer's."""
        if certificate_digest(self._ssl.get_peer_certificate(as_cryptography=True), "sha-256") != (
            self.answer.fingerprint.upper()
        ):
            self.connected.set_exception(ConnectionError("another certificate than the answer's"))
            return
        profile = self.profile
        keys = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
        ours = 1 if self.answer.we_are_server else 0
        self.incoming = _session(profile, profile.get_key_and_salt(keys, 1 - ours), Policy.SSRC_ANY_INBOUND)
        self.outgoing = _session(profile, profile.get_key_and_salt(keys, ours), Policy.SSRC_ANY_OUTBOUND)
        if self._timer is not None:
            self._timer.cancel()
        if not self.connected.done():
            self.connected.set_result(None)

    @property
    def profile(self) -> SRTPProtectionProfile:
        """Return what DTLS has agreed on."""
        name = self._ssl.get_selected_srtp_profile()
        return next(profile for profile in PROFILES if profile.openssl_profile == name)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.socket.close()


def _session(profile: SRTPProtectionProfile, key: bytes, kind: int) -> SrtpSession:
    return SrtpSession(Policy(key=key, ssrc_type=kind, srtp_profile=profile.libsrtp_profile))
