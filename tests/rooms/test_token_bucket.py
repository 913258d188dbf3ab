"""The rate limit of one connection, with a clock that the test turns."""

from __future__ import annotations

import pytest

from config.lib import token_bucket
from config.lib.token_bucket import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(token_bucket, "time", made)
    return made


def taken(bucket: TokenBucket, times: int) -> int:
    return [bucket.take() for _ in range(times)].count(True)


@pytest.mark.parametrize(("times", "allowed"), [(19, 19), (20, 20), (21, 20)])
def test_burst_is_allowed_at_once(clock: Clock, times: int, allowed: int) -> None:
    assert taken(TokenBucket(20, 10), times) == allowed


@pytest.mark.parametrize(("seconds", "allowed"), [(0.0625, 0), (0.125, 1), (1.0, 8), (2.5, 20), (3600.0, 20)])
def test_empty_bucket_fills_with_time_and_never_above_the_burst(clock: Clock, seconds: float, allowed: int) -> None:
    bucket = TokenBucket(20, 8)
    taken(bucket, 20)
    clock.now += seconds
    assert taken(bucket, 30) == allowed


def test_rate_holds_for_long(clock: Clock) -> None:
    bucket = TokenBucket(20, 8)
    taken(bucket, 20)
    allowed = 0
    for _ in range(160):
        clock.now += 0.0625
        allowed += bucket.take()
    assert allowed == 80


def test_refused_takes_cost_nothing(clock: Clock) -> None:
    bucket = TokenBucket(1, 8)
    assert taken(bucket, 100) == 1
    clock.now += 0.125
    assert bucket.take()
