"""Geometry of charts: plain numbers in, places in a drawing out. The components draw them as SVG, with a table beside.

A drawing is WIDTH x HEIGHT units; y grows downwards. Nothing here knows colours, words or money: whoever makes a chart
says how its numbers are written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH = 480
HEIGHT = 220
LEFT, RIGHT, TOP, BOTTOM = 60, 8, 12, 32
TICKS = 4
# More names than these would run into each other.
NAMES = 7
# Up to so many labels for each name it is seen whether they stand at even distances.
COUNTED = 6
# So close to the right edge a name would stand out of the drawing if it were written around its place.
EDGE = 24
# How much of its place a bar takes.
BAR_SHARE = 0.72
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Series:
    """One row of numbers; None is a hole. `look` names how it is drawn, if not by its place among the others."""

    name: str
    values: Sequence[float | None]
    look: str = ""


@dataclass(frozen=True)
class Tick:
    """A line across the drawing and what is written at it."""

    y: float
    label: str


@dataclass(frozen=True)
class Name:
    """What is written below the drawing, and where."""

    x: float
    label: str

    @property
    def anchor(self) -> str:
        """Return which part of it stands at its place, in SVG's words."""
        return "end" if self.x > WIDTH - EDGE else "middle"

    @property
    def at(self) -> float:
        """Return that place: one that ends the drawing reaches to its edge."""
        return float(WIDTH) if self.anchor == "end" else self.x


@dataclass(frozen=True)
class Line:
    """A series as a line: `path` and, down to zero, `area` are SVG path data; `dots` are points without neighbours."""

    series: Series
    path: str
    area: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """A rectangle of a series, by its look or its place."""

    series: str
    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Row:
    """The same numbers in words, for the table."""

    label: str
    cells: list[str]


class Chart:
    """What line and bar charts have in common: the scale, the names below, the table."""

    def __init__(
        self,
        labels: Sequence[str],
        series: Sequence[Series],
        *,
        title: str,
        corner: str,
        written: Callable[[float], str] = lambda value: f"{value:g}",
        axis: Callable[[float], str] | None = None,
    ) -> None:
        """`corner` heads the column of labels; `axis` writes numbers where there is little room, as `written` if None.

        Raises ValueError if a series is not as long as the labels.
        """
        if any(len(one.values) != len(labels) for one in series):
            msg = "Each series needs a value, or None, for each label."
            raise ValueError(msg)
        self.labels, self.series, self.title, self.corner, self.written = labels, series, title, corner, written
        self.axis = axis or written
        # What the drawing shows in a sentence, for whoever cannot see it; the title alone if it is empty.
        self.description = ""
        low, high = self._range()
        self._ticks = nice_ticks(low, high)

    width, height = WIDTH, HEIGHT
    left, bottom = LEFT, HEIGHT - BOTTOM
    # Between these the values stand, each in the middle of a place as wide as the others'.
    right, top = WIDTH - RIGHT, TOP

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to draw."""
        return not any(value is not None for one in self.series for value in one.values)

    @property
    def ticks(self) -> list[Tick]:
        return [Tick(self.y(value), self.axis(value)) for value in self._ticks]

    @property
    def names(self) -> list[Name]:
        """Return as many of the labels as have room, the last among them.

        Of some more, every second or third and so on; of many, whose places nobody counts, the first as well.
        """
        count = len(self.labels)
        if count > NAMES * COUNTED:
            return [self._name(round(place * (count - 1) / (NAMES - 1))) for place in range(NAMES)]
        step = math.ceil(count / NAMES) or 1
        return [self._name(index) for index in range((count - 1) % step, count, step)]

    @property
    def rows(self) -> list[Row]:
        return [
            Row(label, [self._cell(one.values[index]) for one in self.series])
            for index, label in enumerate(self.labels)
        ]

    def y(self, value: float) -> float:
        """Return where a value lies."""
        low, high = self._ticks[0], self._ticks[-1]
        return round(self.bottom - (value - low) / (high - low) * (self.bottom - TOP), 1)

    def x(self, index: int) -> float:
        """Return the middle of the place of the label with this index."""
        place = (WIDTH - LEFT - RIGHT) / max(1, len(self.labels))
        return round(LEFT + place * (index + 0.5), 1)

    def _name(self, index: int) -> Name:
        return Name(self.x(index), self.labels[index])

    def _cell(self, value: float | None) -> str:
        return "–" if value is None else self.written(value)

    def _range(self) -> tuple[float, float]:
        values = [value for one in self.series for value in one.values if value is not None]
        return min([0, *values]), max([0, *values])


class LineChart(Chart):
    """How something went over time."""

    @property
    def lines(self) -> list[Line]:
        return [self._line(one) for one in self.series]

    def _line(self, series: Series) -> Line:
        runs: list[list[tuple[float, float]]] = [[]]
        for index, value in enumerate(series.values):
            if value is None:
                runs.append([])
            else:
                runs[-1].append((self.x(index), self.y(value)))
        zero = self.y(0)
        drawn = [run for run in runs if len(run) > 1]
        areas = [[(run[0][0], zero), *run, (run[-1][0], zero)] for run in drawn]
        return Line(
            series,
            " ".join(_path(run) for run in drawn),
            " ".join(f"{_path(area)}Z" for area in areas),
            [run[0] for run in runs if len(run) == 1],
        )


class BarChart(Chart):
    """How much of something, in parts that add up."""

    @property
    def bars(self) -> list[Bar]:
        place = (WIDTH - LEFT - RIGHT) / max(1, len(self.labels))
        width = round(place * BAR_SHARE, 1)
        return [
            bar for index in range(len(self.labels)) for bar in self._stack(index, self.x(index) - width / 2, width)
        ]

    def _stack(self, index: int, x: float, width: float) -> list[Bar]:
        bars = []
        above = below = 0.0
        for number, one in enumerate(self.series):
            value = one.values[index]
            if not value:
                continue
            start = above if value > 0 else below
            top, foot = self.y(max(start, start + value)), self.y(min(start, start + value))
            label = f"{self.labels[index]}, {one.name}: {self.written(value)}"
            bars.append(Bar(one.look or str(number), round(x, 1), top, width, round(foot - top, 1), label))
            above, below = (start + value, below) if value > 0 else (above, start + value)
        return bars

    def _range(self) -> tuple[float, float]:
        columns = list(zip(*(one.values for one in self.series), strict=True))
        highs = [sum(value for value in column if value and value > 0) for column in columns]
        lows = [sum(value for value in column if value and value < 0) for column in columns]
        return min([0, *lows]), max([0, *highs])


def nice_ticks(low: float, high: float, count: int = TICKS) -> list[float]:
    """Return round values from at most `low` to at least `high`, about `count` steps apart; never fewer than two."""
    if low == high:
        return [low, low + 1]
    rough = (high - low) / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in STEPS if size * factor >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [_plain(number * step) for number in range(first, max(last, first + 1) + 1)]


def _plain(value: float) -> float:
    """Return it without what only floating point knows: 10, not 10.0 or 10.000000000000002."""
    short = round(value, 10)
    return int(short) if short == int(short) else short


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
