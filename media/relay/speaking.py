"""The relay's end of a publishing session: decrypts what a speaker sends, and lets through what may be heard."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final

import pylibsrtp

from media.relay import rtcp
from media.relay.lines import CNAME
from media.relay.rate import RateLimit
from media.relay.reception import Reception
from media.relay.rtp import CLOCK_RATE, MAX_PAYLOAD, NotRtpError, opus_samples, parse
from media.relay.sound_time import SoundTime, is_voice
from media.relay.sources import Sources

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from pylibsrtp import Session as SrtpSession

    from media.relay.offers import Negotiated
    from media.relay.rooms import RelayRoom
    from media.relay.rtp import RtpPacket

# Opus packets may last 2.5 ms; with the reports that makes about 400 a second, and browsers send 50.
DATAGRAMS_PER_SECOND: Final = 450
# A second source is believed only when the first has been silent for so long: two at once would fight for a slot.
SOURCE_KEPT_SECONDS: Final = 0.1


class Speaking:
    """One speaker. `send` takes datagrams for the speaker; `heard` is told that something authentic came."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        *,
        session: str,
        person: str,
        room: RelayRoom,
        negotiated: Negotiated,
        srtp: tuple[SrtpSession, SrtpSession],
        muted: bool,
        send: Callable[[bytes], None],
        heard: Callable[[], None],
        counts: Counter[str],
    ) -> None:
        self.session = session
        self.room = room
        self._muted = muted
        self._negotiated = negotiated
        self._incoming, self._outgoing = srtp
        self._send = send
        self._heard = heard
        self._counts = counts
        self._rate = RateLimit(DATAGRAMS_PER_SECOND)
        self._sources = Sources()
        self._reception: Reception | None = None
        self._ssrc = secrets.randbits(32)
        self._received = SoundTime()
        self._voice = SoundTime()
        room.add_speaker(session, person)

    @property
    def received_seconds(self) -> float:
        """Return for how long the microphone was open and something came."""
        return self._received.seconds

    @property
    def voice_seconds(self) -> float:
        """Return for how long they talked: silence, and what came while they were muted, is not talk."""
        return self._voice.seconds

    @property
    def muted(self) -> bool:
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._muted = muted
        if muted:
            self.room.quiet(self.session)

    def receive(self, data: bytes) -> None:
        """Take one datagram of SRTP or SRTCP."""
        now = time.time()
        if not self._rate.allows(now):
            self._counts["drop_too_fast"] += 1
            return
        report = rtcp.is_rtcp(data)
        if not self._sources.allow(data, rtcp=report):
            self._counts["drop_many_sources"] += 1
            return
        try:
            plain = self._incoming.unprotect_rtcp(data) if report else self._incoming.unprotect(data)
            self._sources.add(data, rtcp=report)
            if report:
                self._receive_report(plain, now)
            else:
                self._receive_packet(plain, now)
        except (pylibsrtp.Error, ValueError):
            # Not from this peer, a replay, or nothing that can be read.
            self._counts["drop_bad_media"] += 1

    def _receive_packet(self, data: bytes, now: float) -> None:
        packet = parse(data, level_id=self._negotiated.level_id, arrival=now)
        self._heard()
        self._counts["in_packets"] += 1
        if packet.payload_type != self._negotiated.payload_type or not 0 < len(packet.payload) <= MAX_PAYLOAD:
            raise NotRtpError
        if not self._known_source(packet.ssrc, now):
            self._counts["drop_second_source"] += 1
            return
        if self._reception is None or self._reception.ssrc != packet.ssrc:
            self._reception = Reception(packet)
            self.room.quiet(self.session)
        self._reception.add(packet)
        if self._muted:
            self._counts["drop_muted"] += 1
        elif samples := opus_samples(packet.payload):
            self._note_time(packet, samples / CLOCK_RATE)
            self.room.forward(self.session, packet, time.monotonic())
        else:
            self._counts["drop_bad_media"] += 1

    def _note_time(self, packet: RtpPacket, lasts: float) -> None:
        self._received.add(packet.arrival, lasts)
        if is_voice(packet):
            self._voice.add(packet.arrival, lasts)

    def _known_source(self, ssrc: int, now: float) -> bool:
        known = self._reception
        return known is None or known.ssrc == ssrc or now - known.heard_at > SOURCE_KEPT_SECONDS

    def _receive_report(self, data: bytes, now: float) -> None:
        self._counts["in_reports"] += 1
        sender_time = rtcp.sender_time_in(rtcp.parse(data))
        self._heard()
        if sender_time is not None and self._reception is not None:
            self._reception.sent_report(sender_time, now)

    def report(self, now: float) -> None:
        """Tell the speaker how their packets arrive; their browser shows it as the quality of their line."""
        if self._reception is not None:
            raw = rtcp.receiver_report(ssrc=self._ssrc, about=self._reception.report(now), cname=CNAME)
            self._send(self._outgoing.protect_rtcp(raw))

    def close(self) -> None:
        """Let nothing through any more."""
        self._muted = True
        self.room.remove_speaker(self.session)
