"""How a source's packets arrive, compared with a model that remembers every packet."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from aiortc.rtp import RtcpReceiverInfo
from hypothesis import given
from hypothesis import strategies as st

from media.relay.reception import Reception
from tests.relay.packets import packet


def received(*numbers: int, arrivals: dict[int, float] | None = None) -> Reception:
    reception = Reception(packet(numbers[0]))
    for number in numbers:
        reception.add(packet(number, arrival=(arrivals or {}).get(number)))
    return reception


@dataclass
class Model:
    """Knows each packet's full number, and counts by looking at all of them."""

    numbers: list[int] = field(default_factory=list)
    reported: int = 0

    def block(self) -> tuple[int, int, int]:
        """Return fraction lost, packets lost in all, the highest number, as RFC 3550 section 6.4.1 defines them."""
        first, highest = self.numbers[0], max(self.numbers)
        before = self.numbers[: self.reported]
        expected = highest - first + 1
        expected_before = max(before) - first + 1 if before else 0
        new_expected = expected - expected_before
        new_lost = new_expected - (len(self.numbers) - len(before))
        self.reported = len(self.numbers)
        fraction = new_lost * 256 // new_expected if new_expected > 0 and new_lost > 0 else 0
        return min(fraction, 255), expected - len(self.numbers), highest


@given(
    begin=st.sampled_from([0, 100, 65_000, 65_530, 65_535]),
    steps=st.lists(st.sampled_from([1] * 12 + [2, 5, 300, 0, -1, -3]), min_size=1, max_size=300),
    reports=st.sets(st.integers(0, 299)),
)
def test_report_is_what_remembering_everything_gives(begin: int, steps: list[int], reports: set[int]) -> None:
    model, number = Model([begin]), begin
    reception = received(begin)
    for position, step in enumerate(steps):
        number = max(begin, number + step)
        model.numbers.append(number)
        reception.add(packet(number))
        if position in reports:
            found = reception.report(0.0)
            assert (found.fraction_lost, found.packets_lost, found.highest_sequence) == model.block()


def test_report_of_a_steady_source() -> None:
    reception = received(*range(100))
    assert reception.report(0.0) == RtcpReceiverInfo(
        ssrc=1, fraction_lost=0, packets_lost=0, highest_sequence=99, jitter=0, lsr=0, dlsr=0
    )


def test_fraction_is_of_the_time_since_the_last_report() -> None:
    reception = received(*range(0, 100, 2))
    assert reception.report(0.0).fraction_lost == 126
    for number in range(99, 200):
        reception.add(packet(number))
    assert (reception.report(0.0).fraction_lost, reception.report(0.0).fraction_lost) == (0, 0)


def test_highest_number_counts_wraps() -> None:
    assert received(*range(65_530, 65_540)).report(0.0).highest_sequence == 65_539
    assert received(65_534, 65_536, 65_535, 65_537).report(0.0).highest_sequence == 65_537


def test_jitter_follows_the_standards_formula() -> None:
    arrivals = {number: 1000 + 0.02 * number + (0.005 if number % 3 == 1 else 0.0) for number in range(200)}
    jitter, transit = 0.0, None
    for number, arrival in arrivals.items():
        now = arrival * 48_000 - 960 * number
        if transit is not None:
            jitter += (abs(now - transit) - jitter) / 16
        transit = now
    assert received(*range(200), arrivals=arrivals).report(0.0).jitter == int(jitter) > 0


def test_jitter_is_not_disturbed_by_a_wrap_of_the_timestamp_or_a_long_pause() -> None:
    reception = Reception(packet(0))
    for number in range(50):
        reception.add(packet(number, timestamp=0xFFFFFFFF - 20 * 960 + 960 * number))
    for number in range(50, 100):
        reception.add(packet(number, timestamp=0xFFFFFFFF - 20 * 960 + 960 * number, arrival=1060 + 0.02 * number))
    assert reception.report(0.0).jitter == 0


@pytest.mark.parametrize(("passed", "dlsr"), [(0.0, 0), (1.5, 98_304), (-0.5, 0), (100_000.0, 0xFFFFFFFF)])
def test_delay_since_the_senders_report_also_when_the_clock_steps(passed: float, dlsr: int) -> None:
    reception = received(0)
    reception.sent_report(0xABCDEF, 1000.0)
    report = reception.report(1000.0 + passed)
    assert (report.lsr, report.dlsr) == (0xABCDEF, dlsr)
    # The clock may be set back while the relay runs: what it says must still fit its field.
    assert RtcpReceiverInfo.parse(bytes(report)) == report


def test_lost_stays_within_its_field() -> None:
    reception = received(0)
    for number in range(0x7000, 0x7000 * 400, 0x7000):
        reception.add(packet(number))
    assert reception.report(0.0).packets_lost == 0x7FFFFF
    doubled = received(*[0] * 10)
    assert doubled.report(0.0).packets_lost == -9
