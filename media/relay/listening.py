"""The relay's end of a listening session: reads the listener's reports, and says what they have received."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pylibsrtp

from media.relay import rtcp
from media.relay.intervals import Intervals
from media.relay.progress import FalseReportError, Progress
from media.relay.rate import RateLimit
from media.relay.sources import Sources

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from pylibsrtp import Session as SrtpSession

    from media.relay.intervals import Interval
    from media.relay.port import Address
    from media.relay.rooms import RelayRoom
    from media.relay.rtp import WireProfile

# Browsers report once in some seconds for each slot.
DATAGRAMS_PER_SECOND: Final = 50


class Listening:
    """One listener. `reported` is told loss (0 to 1) and round trip (s, or None) of each report.

    `heard_interval` is told when they heard something; None: nobody keeps that.
    """

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        *,
        session: str,
        person: str,
        room: RelayRoom,
        profile: WireProfile,
        srtp: tuple[SrtpSession, SrtpSession],
        address: Address,
        heard: Callable[[], None],
        reported: Callable[[float, float | None], None],
        counts: Counter[str],
        unheard: frozenset[str] = frozenset(),
        heard_interval: Callable[[Interval], None] | None = None,
    ) -> None:
        self.session = session
        self.room = room
        self.confirmed_seconds = 0.0
        self._incoming, outgoing = srtp
        self._heard = heard
        self._reported = reported
        self._counts = counts
        self._rate = RateLimit(DATAGRAMS_PER_SECOND)
        self._sources = Sources()
        # By SSRC: the highest sequence number that the listener has said to have.
        self._highest: dict[int, int] = {}
        self._delivered_before = 0.0
        self._delivered = 0.0
        room.add_listener(session, person, profile=profile, srtp=outgoing, address=address, unheard=unheard)
        now = time.time()
        self._progress = [Progress.of(numbering, now) for numbering in room.listeners[session].line.numberings]
        self._intervals = Intervals(heard_interval) if heard_interval is not None else None

    @property
    def delivered_seconds(self) -> float:
        """Return for how long somebody was heard on this session."""
        listener = self.room.listeners.get(self.session)
        if listener is not None:
            self._delivered = listener.delivered_seconds
        return self._delivered

    def moved(self, address: Address) -> None:
        """Send to another address from now on."""
        self.room.move_listener(self.session, address)

    def receive(self, data: bytes) -> None:
        """Take one datagram of SRTCP; a listener sends no RTP."""
        now = time.time()
        if not self._rate.allows(now) or not rtcp.is_rtcp(data):
            self._counts["drop_too_fast" if rtcp.is_rtcp(data) else "drop_unwanted_media"] += 1
            return
        if not self._sources.allow(data, rtcp=True):
            self._counts["drop_many_sources"] += 1
            return
        try:
            plain = self._incoming.unprotect_rtcp(data)
            self._sources.add(data, rtcp=True)
            packets = rtcp.parse(plain)
        except (pylibsrtp.Error, ValueError):
            self._counts["drop_bad_media"] += 1
            return
        self._heard()
        self._counts["in_reports"] += 1
        self._take(rtcp.reports_in(packets, now), now)

    def _take(self, reports: list[rtcp.Report], now: float) -> None:
        """Confirm what was delivered since the last report, less what was lost of it."""
        losses = []
        for report in reports:
            if report.ssrc not in self.room.ssrcs:
                continue
            self._note(report, now)
            self._reported(report.loss, report.rtt)
            if self._highest.get(report.ssrc) != report.highest:
                self._highest[report.ssrc] = report.highest
                losses.append(report.loss)
        if losses:
            delivered = self.delivered_seconds
            self.confirmed_seconds += (delivered - self._delivered_before) * (1 - max(losses))
            self._delivered_before = delivered

    def _note(self, report: rtcp.Report, now: float) -> None:
        """Take into the interval what the report confirms of one slot."""
        listener = self.room.listeners.get(self.session)
        slot = self.room.ssrcs.index(report.ssrc)
        if self._intervals is None or listener is None or slot >= len(self._progress):
            return
        line = listener.line
        try:
            confirmed = self._progress[slot].take(report, line.numberings[slot], now)
        except FalseReportError:
            self._counts["false_reports"] += 1
            return
        if confirmed is not None:
            self._intervals.add(
                round(1000 * max(confirmed.since, line.sound.since)),
                round(1000 * min(now, line.sound.until)),
                delivered=confirmed.delivered,
                confirmed=confirmed.confirmed,
            )

    def look(self, now: float) -> None:
        """Tell the interval that a silence has ended. `now` is in Unix seconds."""
        if self._intervals is not None:
            self._intervals.look(round(1000 * now))

    def close(self) -> None:
        """Send nothing more."""
        if self._intervals is not None:
            self._intervals.finish()
        self._delivered = self.delivered_seconds
        self.room.remove_listener(self.session)
