"""Line charts of a load as SVG text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from harness.model.result import SecondResult

_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 30
_TICKS = 4

Point = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its name, the CSS class that colours it, and its points (second, value)."""

    name: str
    style: str
    points: tuple[Point, ...]


def response_chart(series: Sequence[SecondResult]) -> str:
    """Return the response time over the seconds of a load: p50 and p99 in milliseconds."""
    lines = (
        Line("p99", "high", tuple((row.second, row.p99_ms) for row in series)),
        Line("p50", "main", tuple((row.second, row.p50_ms) for row in series)),
    )
    return _chart("Response time in milliseconds over the seconds of the load", "ms", lines)


def rate_chart(series: Sequence[SecondResult]) -> str:
    """Return arrivals, and the requests among them that were not ok, over the seconds of a load."""
    lines = (
        Line("arrivals", "main", tuple((row.second, row.arrivals) for row in series)),
        Line("refused", "calm", tuple((row.second, row.refused) for row in series)),
        Line("unknown", "high", tuple((row.second, row.unknown) for row in series)),
    )
    return _chart("Requests per second over the seconds of the load", "/s", lines)


def _chart(title: str, unit: str, lines: Sequence[Line]) -> str:
    shown = [line for line in lines if any(value is not None for _, value in line.points)]
    seconds = [second for line in shown for second, _ in line.points]
    values = [value for line in shown for _, value in line.points if value is not None]
    if not values:
        return ""
    first, last = min(seconds), max(max(seconds), min(seconds) + 1)
    step = _step(max(values))
    top = step * max(1, math.ceil(max(values) / step))

    def x(second: float) -> float:
        return _LEFT + (second - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">',
        *_grid(step, top, unit, y),
        *_seconds(first, last, x),
    ]
    for line in shown:
        parts.extend(_curve(line, x, y))
    return "".join([*parts, "</svg>"])


def _grid(step: float, top: float, unit: str, y: Any) -> list[str]:
    parts = []
    for index in range(round(top / step) + 1):
        height = f"{y(index * step):.1f}"
        label = f"{index * step:,.6g}" + (f" {unit}" if index == round(top / step) else "")
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height}" y2="{height}"/>'
            f'<text class="tick" x="{_LEFT - 6}" y="{height}" dy="0.32em" text-anchor="end">'
            f"{escape(label)}</text>"
        )
    return parts


def _seconds(first: float, last: float, x: Any) -> list[str]:
    step = max(1, math.ceil(_step(last - first)))
    parts = []
    second = math.ceil(first / step) * step
    while second <= last:
        parts.append(
            f'<text class="tick" x="{x(second):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">'
            f"{second:g} s</text>"
        )
        second += step
    return parts


def _curve(line: Line, x: Any, y: Any) -> list[str]:
    """Return the pieces of a curve; a second without a value leaves a gap, never a guess."""
    pieces: list[list[str]] = [[]]
    for second, value in line.points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{x(second):.1f},{y(value):.1f}")
    drawn = []
    for piece in pieces:
        if len(piece) == 1:
            at_x, _, at_y = piece[0].partition(",")
            drawn.append(f'<circle class="{line.style}" cx="{at_x}" cy="{at_y}" r="2"/>')
        elif piece:
            drawn.append(f'<polyline class="{line.style}" points="{" ".join(piece)}"/>')
    return drawn


def _step(span: float) -> float:
    """Return a round step (1, 2 or 5 times a power of ten) that divides a span in about four."""
    if span <= 0:
        return 1.0
    rough = span / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
