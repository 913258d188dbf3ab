"""Whose money it is, what comes back with a refund, and what can be paid: sums are exact, whatever the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creators.owing import Open, Parts, Standing, parts_of, payable, standing, taken_back

sums = st.integers(0, 1_000_000)
opens = st.lists(st.integers(-1_000, 1_000), max_size=8)


@st.composite
def settled(draw: st.DrawFn) -> Parts:
    base = draw(sums)
    return parts_of(base, draw(st.integers(0, base)), draw(sums))


@pytest.mark.parametrize(
    ("base", "fee", "cost", "parts"),
    [
        (1_000, 100, 43, Parts(857, 100, 43)),
        (143, 100, 43, Parts(0, 100, 43)),
        (142, 100, 43, Parts(0, 100, 42)),
        (100, 100, 43, Parts(0, 100, 0)),
        (0, 0, 43, Parts(0, 0, 0)),
    ],
)
def test_cost_comes_out_of_what_the_fee_leaves(base: int, fee: int, cost: int, parts: Parts) -> None:
    assert parts_of(base, fee, cost) == parts


@pytest.mark.parametrize(("base", "fee", "cost"), [(100, 101, 0), (100, -1, 0), (100, 0, -1), (-1, 0, 0)])
def test_what_cannot_be_parts(base: int, fee: int, cost: int) -> None:
    with pytest.raises(ValueError, match="cannot be parts"):
        parts_of(base, fee, cost)


@given(sums, st.data())
def test_parts_add_up_and_are_never_below_zero(base: int, data: st.DataObject) -> None:
    fee, cost = data.draw(st.integers(0, base)), data.draw(sums)
    parts = parts_of(base, fee, cost)
    assert parts.base == base
    assert min(parts) >= 0
    assert parts.cost <= cost


@pytest.mark.parametrize("back", [-1, 1_001])
def test_no_more_goes_back_than_is_left(back: int) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        taken_back(Parts(857, 100, 43), back)


def test_all_that_goes_back_leaves_nobody_a_cost() -> None:
    assert taken_back(Parts(857, 100, 43), 1_000) == Parts(857, 100, 43)


@given(settled(), st.data())
def test_each_gives_no_more_than_they_have(left: Parts, data: st.DataObject) -> None:
    back = data.draw(st.integers(0, left.base))
    gone = taken_back(left, back)
    stays = left.less(gone)
    assert gone.base == back
    assert min(*gone, *stays) >= 0
    # The platform does not keep a greater part than before, by more than rounding.
    assert stays.fee * left.base <= left.fee * stays.base


@given(settled(), st.lists(st.integers(0, 1_000_000), max_size=5))
def test_part_after_part_goes_back_until_nothing_is_left(left: Parts, parts: list[int]) -> None:
    for part in parts:
        left = left.less(taken_back(left, min(part, left.base)))
    assert left.less(taken_back(left, left.base)) == Parts(0, 0, 0)


@pytest.mark.parametrize(
    ("available", "others", "owed", "stands"),
    [
        ([], [], 0, Standing(0, 0, 0)),
        ([10, 5], [], 15, Standing(15, 0, 0)),
        ([10, 5], [7], 22, Standing(15, 7, 0)),
        # A debt is paid down first, and only out of what is available.
        ([-4, 10], [7], 13, Standing(6, 7, 0)),
        ([-10, 10], [7], 7, Standing(0, 7, 0)),
        ([-11, 10], [7], 6, Standing(0, 7, 1)),
        ([-10], [], -10, Standing(0, 0, 10)),
        # What is asked back and has not come yet: the ledger waits for it.
        ([10], [], 4, Standing(4, 0, 0)),
        ([10], [], -1, Standing(0, 0, 1)),
    ],
)
def test_how_somebody_stands(available: list[int], others: list[int], owed: int, stands: Standing) -> None:
    assert standing(available, others, owed) == stands


@given(opens, opens)
def test_nobody_is_paid_more_than_is_theirs(available: list[int], others: list[int]) -> None:
    owed = sum(available) + sum(others)
    found = standing(available, others, owed)
    assert 0 <= found.available <= max(0, owed)
    assert found.available + found.later - found.debt == owed


@given(st.lists(st.integers(-100, 100), max_size=8), st.integers(0, 500))
def test_oldest_is_paid_first_and_only_the_last_in_part(minors: list[int], amount: int) -> None:
    rows = [Open(key, minor) for key, minor in enumerate(minors)]
    paid = payable(rows, amount)
    positive = [row for row in rows if row.minor > 0]
    assert sum(row.minor for row in paid) == min(amount, sum(row.minor for row in positive))
    assert [row.key for row in paid] == [row.key for row in positive[: len(paid)]]
    assert all(one == other for one, other in zip(paid[:-1], positive, strict=False))


class Ledger:
    """Somebody's earnings, paid and taken back in any order, as the rows and the ledger would have them."""

    def __init__(self) -> None:
        self.net: list[int] = []
        self.gone: list[int] = []
        self.sent: list[int] = []
        self.owed = 0

    def earn(self, minor: int) -> None:
        self.net.append(minor)
        self.gone.append(0)
        self.sent.append(0)
        self.owed += minor

    def take_back(self, place: int, minor: int, *, comes_back: bool) -> None:
        """Let money of one earning go back to its buyer; what was sent of it comes back of Stripe, or does not."""
        minor = min(minor, self.net[place] - self.gone[place])
        self.gone[place] += minor
        self.owed -= minor
        over = max(0, self.sent[place] + self.gone[place] - self.net[place])
        if comes_back and over:
            self.sent[place] -= min(over, self.sent[place])
            self.owed += min(over, self.sent[place] + over)

    def open(self) -> list[int]:
        return [net - gone - sent for net, gone, sent in zip(self.net, self.gone, self.sent, strict=True)]

    def pay(self) -> int:
        rows = [Open(key, minor) for key, minor in enumerate(self.open())]
        stands = standing((row.minor for row in rows), (), self.owed)
        for row in payable(rows, stands.available):
            self.sent[row.key] += row.minor
        self.owed -= stands.available
        return stands.available


steps = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 100)),
        st.tuples(st.just("pay"), st.just(0)),
        st.tuples(st.just("back"), st.integers(0, 7), st.integers(1, 100), st.booleans()),
    ),
    max_size=30,
)


@given(steps)
def test_debt_is_paid_down_by_later_earnings_and_nothing_is_lost(wanted: list[tuple[object, ...]]) -> None:
    ledger = Ledger()
    for step, *more in wanted:
        if step == "earn":
            ledger.earn(*more)  # type: ignore[arg-type]
        elif step == "pay":
            ledger.pay()
        elif ledger.net:
            place, minor, comes_back = more
            ledger.take_back(place % len(ledger.net), minor, comes_back=comes_back)  # type: ignore[operator, arg-type]
        assert ledger.owed == sum(ledger.open())
    ledger.pay()
    # Paid as far as there is no debt: nobody has more than their own, and nothing that is theirs stays behind.
    assert ledger.owed <= 0
    kept = sum(ledger.net) - sum(ledger.gone)
    assert sum(ledger.sent) == kept - ledger.owed
    if ledger.owed < 0:
        ledger.earn(-ledger.owed + 5)
        assert ledger.pay() == 5
