"""PURE: where the marks of a chart stand, in the units of its SVG view box."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT, LEFT, TOP, FLOOR = 640, 232, 48, 20, 200
NICE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of bar: its title, tone and fill (solid, soft, hatch or dots)."""

    title: str
    tone: str = "info"
    fill: str = "solid"


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece of a bar."""

    x: str
    y: str
    width: str
    height: str
    series: Series
    place: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked column with its label and sum."""

    label: str
    center: str
    top: str
    total: str
    values: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart at a round number."""

    y: str
    text_y: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that _chart-bar.html draws, and its table."""

    series: tuple[Series, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    sums: tuple[str, ...]
    total: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def columns(*, rows: Iterable[tuple[str, Sequence[int | Decimal]]], series: Sequence[Series]) -> Chart:
    """A chart of stacked columns, one a row; values are counts or amounts of at least 0.

    Refuses with ValueError a row that has not one value a series, or a value below 0.
    """
    table = [(label, [Decimal(value) for value in values]) for label, values in rows]
    for label, values in table:
        if len(values) != len(series) or any(value < 0 for value in values):
            raise ValueError(f"Row {label!r} needs {len(series)} values of at least 0.")
    highest = max((sum(values, Decimal(0)) for _, values in table), default=Decimal(0))
    step = _step(highest)
    count = max(math.ceil(highest / step), 1)
    scale = Decimal(FLOOR - TOP) / (step * count)
    slot = Decimal(WIDTH - LEFT) / max(len(table), 1)
    bars = tuple(
        _bar(label, values, LEFT + slot * place, slot, scale, series)
        for place, (label, values) in enumerate(table)
    )
    lines = [(FLOOR - step * place * scale, step * place) for place in range(count + 1)]
    ticks = tuple(Tick(_number(y), _number(y + 4), _figure(value)) for y, value in lines)
    sums = [sum((values[place] for _, values in table), Decimal(0)) for place in range(len(series))]
    return Chart(tuple(series), bars, ticks, tuple(map(_figure, sums)), _figure(sum(sums, Decimal(0))))


def _bar(
    label: str,
    values: Sequence[Decimal],
    left: Decimal,
    slot: Decimal,
    scale: Decimal,
    series: Sequence[Series],
) -> Bar:
    thick = min(slot * Decimal("0.62"), Decimal(72))
    x = left + (slot - thick) / 2
    y = Decimal(FLOOR)
    marks = []
    for place, (value, one) in enumerate(zip(values, series, strict=True)):
        if value:
            height = value * scale
            y -= height
            marks.append(Mark(_number(x), _number(y), _number(thick), _number(height), one, place))
    total = sum(values, Decimal(0))
    return Bar(
        label,
        _number(x + thick / 2),
        _number(y - 6),
        _figure(total),
        tuple(map(_figure, values)),
        tuple(marks),
    )


def _step(highest: Decimal) -> Decimal:
    """A round distance between ticks that gives at most five of them."""
    size = Decimal(1)
    while True:
        for nice in NICE:
            if highest <= size * nice * 5:
                return size * nice
        size *= 10


def _number(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1')).normalize():f}"


def _figure(value: Decimal) -> str:
    return f"{value.normalize():,f}"
