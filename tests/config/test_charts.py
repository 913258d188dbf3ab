"""Charts: round scales, the right places, and the same numbers in words."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lib.charts import (
    BOTTOM,
    COUNTED,
    HEIGHT,
    LEFT,
    NAMES,
    RIGHT,
    TOP,
    WIDTH,
    BarChart,
    LineChart,
    Row,
    Series,
    nice_ticks,
)

FLOOR = HEIGHT - BOTTOM


def lines(*values: float | None) -> LineChart:
    return LineChart(
        [str(index) for index in range(len(values))], [Series("heard", values)], title="Heard", corner="Day"
    )


def bars(*columns: tuple[float | None, ...]) -> BarChart:
    labels = [str(index) for index in range(len(columns))]
    series = [Series(f"part {number}", values) for number, values in enumerate(zip(*columns, strict=True))]
    return BarChart(labels, series, title="Earned", corner="Month")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0, [0, 1]),
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 7, [0, 2, 4, 6, 8]),
        (0, 10, [0, 2.5, 5, 7.5, 10]),
        (0, 400, [0, 100, 200, 300, 400]),
        (0, 401, [0, 200, 400, 600]),
        (-45, 120, [-50, 0, 50, 100, 150]),
        (-30, 0, [-30, -20, -10, 0]),
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
        (0, 1_234_567, [0, 500_000, 1_000_000, 1_500_000]),
    ],
)
def test_scale_is_round_and_holds_everything(low: float, high: float, expected: list[float]) -> None:
    assert nice_ticks(low, high) == expected


@given(st.integers(-(10**12), 0), st.integers(0, 10**12))
def test_scale_is_even_and_holds_whatever_comes(low_cents: int, high_cents: int) -> None:
    low, high = low_cents / 100, high_cents / 100
    ticks = nice_ticks(low, high)
    slack = (high - low) * 1e-6
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 8
    steps = [later - earlier for earlier, later in pairwise(ticks)]
    assert all(step > 0 and math.isclose(step, steps[0], rel_tol=1e-6, abs_tol=1e-9) for step in steps)


def test_whole_numbers_are_written_without_a_fraction() -> None:
    assert [tick.label for tick in lines(0, 7).ticks] == ["0", "2", "4", "6", "8"]
    assert [repr(value) for value in nice_ticks(0, 10)] == ["0", "2.5", "5", "7.5", "10"]


def test_numbers_are_written_as_the_caller_says() -> None:
    chart = LineChart(["1"], [Series("a", [1500])], title="", corner="", written=lambda value: f"{value:,} €")
    assert [tick.label for tick in chart.ticks] == ["0 €", "500 €", "1,000 €", "1,500 €"]
    assert chart.rows == [Row("1", ["1,500 €"])]


def test_nothing_is_empty_and_zeros_are_something() -> None:
    assert LineChart([], [], title="", corner="").is_empty
    assert LineChart([], [Series("a", [])], title="", corner="").is_empty
    assert lines(None, None).is_empty
    assert not lines(0, 0).is_empty
    assert not bars((0, 0)).is_empty


def test_line_of_zeros_lies_on_the_floor() -> None:
    assert [lines(0, 0).y(0), lines(0, 0).ticks[0].y] == [FLOOR, FLOOR]


def test_one_point_is_a_dot_in_the_middle() -> None:
    (line,) = lines(7).lines
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    assert (line.path, line.area, line.dots) == ("", "", [(middle, lines(7).y(7))])


def test_hole_parts_a_line() -> None:
    (line,) = lines(1, 2, None, 3, 4, None, 5).lines
    assert line.path.count("M") == line.area.count("M") == line.area.count("Z") == 2
    assert len(line.dots) == 1


def test_line_begins_and_ends_where_it_should() -> None:
    chart = lines(0, 400)
    (line,) = chart.lines
    quarter = (WIDTH - LEFT - RIGHT) / 4
    assert line.path == f"M{LEFT + quarter:g} {FLOOR:g}L{WIDTH - RIGHT - quarter:g} {TOP:g}"


def test_area_goes_down_to_nothing_not_to_the_lowest() -> None:
    chart = lines(-10, 10)
    assert f"{chart.y(0):g}Z" in chart.lines[0].area
    assert chart.y(-10) > chart.y(0) > chart.y(10)


def test_year_is_drawn_whole_and_named_seldom() -> None:
    chart = lines(*range(365))
    assert len(chart.names) == NAMES
    assert [name.label for name in chart.names][:: NAMES - 1] == ["0", "364"]
    places = [name.x for name in chart.names]
    assert all(later - earlier > 50 for earlier, later in pairwise(places))
    assert [(name.anchor, name.at == name.x) for name in chart.names] == [("middle", True)] * 6 + [("end", False)]
    assert chart.names[-1].at == WIDTH
    assert chart.lines[0].path.count("L") == 364
    assert len(chart.rows) == 365


@pytest.mark.parametrize("count", [1, NAMES - 1, NAMES])
def test_no_name_is_left_out_before_it_must(count: int) -> None:
    assert len(lines(*range(count)).names) == count


@pytest.mark.parametrize(("count", "step"), [(NAMES + 1, 2), (12, 2), (26, 4), (NAMES * COUNTED, COUNTED)])
def test_names_of_months_and_weeks_stand_at_even_distances(count: int, step: int) -> None:
    named = [int(name.label) for name in lines(*range(count)).names]
    assert named == list(range(count - 1, -1, -step))[::-1]
    assert len(named) <= NAMES


def test_first_of_many_is_named() -> None:
    assert lines(*range(NAMES * COUNTED + 1)).names[0].label == "0"


def test_parts_stand_on_each_other() -> None:
    chart = bars((30, 10))
    low, high = chart.bars
    assert (low.series, high.series) == ("0", "1")
    assert low.y + low.height == FLOOR
    assert high.y + high.height == pytest.approx(low.y)
    assert low.height == pytest.approx(3 * high.height, abs=0.2)


def test_what_is_owed_hangs_below_nothing() -> None:
    chart = bars((30, 10), (-20, 5), (-20, -10))
    zero = chart.y(0)
    below = [bar for bar in chart.bars if bar.label.startswith("2")]
    assert below[0].y == zero
    assert below[1].y == pytest.approx(zero + below[0].height)
    assert chart.ticks[0].y >= below[1].y + below[1].height
    assert [bar.y + bar.height for bar in chart.bars if bar.label.startswith("1, part 1")] == [zero]


def test_nothing_and_what_is_unknown_has_no_bar() -> None:
    chart = bars((0, None), (1, 2))
    assert [bar.label for bar in chart.bars] == ["1, part 0: 1", "1, part 1: 2"]
    assert chart.rows[0] == Row("0", ["0", "–"])


def test_all_bars_are_inside() -> None:
    for bar in bars(*((value, -value) for value in range(1, 32))).bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH - RIGHT
        assert bar.y >= TOP
        assert bar.y + bar.height <= FLOOR


def test_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="Each series needs a value"):
        LineChart(["1", "2"], [Series("a", [1])], title="", corner="")
