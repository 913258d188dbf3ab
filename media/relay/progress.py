"""How far a listener has come in one slot, by their reports, which may lie. Pure.

Only what the relay itself sent is ever confirmed: a report that knows of more is none, one that says the same again, or
less, says nothing new, and no loss is so negative that more would have arrived than was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from media.relay.numbering import Numbering
    from media.relay.rtcp import Report

_WRAP16: Final = 0xFFFF
_HALF: Final = 0x8000


class FalseReportError(Exception):
    """The report knows of packets that were never sent."""


class Confirmed(NamedTuple):
    """What one report says of the time since `since` (Unix seconds): packets that were sent, and that arrived."""

    since: float
    delivered: int
    confirmed: int


@dataclass(slots=True)
class Progress:
    """Where the last report left off: which number, how many packets of the line until then, how many lost, when."""

    highest: int
    packets: int
    since: float
    lost: int = 0

    @classmethod
    def of(cls, numbering: Numbering, now: float) -> Progress:
        """Return that of somebody who hears what comes from now on."""
        return cls(numbering.last, numbering.packets, now)

    def take(self, report: Report, numbering: Numbering, now: float) -> Confirmed | None:
        """Return what is new in a report, or None. Raises FalseReportError.

        Of a report's highest number the lower 16 bits count (RFC 3550 section 6.4.1): nobody hears 32,768 packets
        between two reports, and how often it wrapped is the listener's own word.
        """
        sent = (numbering.last - self.highest) & _WRAP16
        ahead = (report.highest - self.highest) & _WRAP16
        if ahead > sent:
            if ahead < _HALF:
                raise FalseReportError
            return None
        since, lost = self.since, report.lost - self.lost
        self.since, self.lost = now, report.lost
        if ahead == 0:
            return None
        # Numbers that a speaker's own loss left out were never sent: rather too few than too many.
        delivered = max(0, numbering.packets - self.packets - (sent - ahead))
        self.highest = (self.highest + ahead) & _WRAP16
        self.packets += delivered
        return Confirmed(since, delivered, min(delivered, max(0, ahead - lost)))
