"""Line charts of a load as SVG text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from harness.model.result import SecondResult

_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 30
_TICKS = 4

Curves = Mapping[str, Sequence[tuple[int, float | None]]]
"""The points (second, value) of each curve, by the CSS class that colours it."""
Scale = Callable[[float], float]
"""Turns a second or a value into a coordinate."""


def response_chart(series: Sequence[SecondResult]) -> Markup:
    """Return the response time over the seconds of a load: p50 and p99 in milliseconds."""
    curves: Curves = {
        "high": [(row.second, row.p99_ms) for row in series],
        "main": [(row.second, row.p50_ms) for row in series],
    }
    return _chart("Response time in milliseconds over the seconds of the load", "ms", curves)


def rate_chart(series: Sequence[SecondResult]) -> Markup:
    """Return arrivals, and the requests among them that were not ok, over the seconds of a load."""
    curves: Curves = {
        "main": [(row.second, row.arrivals) for row in series],
        "calm": [(row.second, row.refused) for row in series],
        "high": [(row.second, row.unknown) for row in series],
    }
    return _chart("Requests per second over the seconds of the load", "/s", curves)


def _chart(title: str, unit: str, curves: Curves) -> Markup:
    points = [point for curve in curves.values() for point in curve]
    values = [value for _, value in points if value is not None]
    if not values:
        return Markup()
    first = min(second for second, _ in points)
    last = max(first + 1, *(second for second, _ in points))
    step = _step(max(values))
    top = step * max(1, math.ceil(max(values) / step))

    def x(second: float) -> float:
        return _LEFT + (second - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">',
        *_grid(step, top, unit, y),
        *_seconds(first, last, x),
        *(piece for style, curve in curves.items() for piece in _curve(style, curve, x, y)),
        "</svg>",
    ]
    # Numbers and texts of this module alone, so it may pass unescaped.
    return Markup("".join(parts))


def _grid(step: float, top: float, unit: str, y: Scale) -> Iterator[str]:
    lines = round(top / step)
    for index in range(lines + 1):
        height = f"{y(index * step):.1f}"
        label = f"{index * step:,.6g}" + (f" {unit}" if index == lines else "")
        yield (
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height}" y2="{height}"/>'
            f'<text class="tick" x="{_LEFT - 6}" y="{height}" dy="0.32em" text-anchor="end">'
            f"{label}</text>"
        )


def _seconds(first: int, last: int, x: Scale) -> Iterator[str]:
    step = max(1, math.ceil(_step(last - first)))
    for second in range(math.ceil(first / step) * step, last + 1, step):
        yield (
            f'<text class="tick" x="{x(second):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">'
            f"{second:g} s</text>"
        )


def _curve(
    style: str, points: Iterable[tuple[int, float | None]], x: Scale, y: Scale
) -> Iterator[str]:
    """Yield the pieces of a curve; a second without a value leaves a gap, never a guess."""
    for _, piece in groupby(points, key=lambda point: point[1] is None):
        drawn = [f"{x(second):.1f},{y(value):.1f}" for second, value in piece if value is not None]
        if len(drawn) == 1:
            at_x, at_y = drawn[0].split(",")
            yield f'<circle class="{style}" cx="{at_x}" cy="{at_y}" r="2"/>'
        elif drawn:
            yield f'<polyline class="{style}" points="{" ".join(drawn)}"/>'


def _step(span: float) -> float:
    """Return a round step (1, 2 or 5 times a power of ten) that divides a span in about four."""
    if span <= 0:
        return 1.0
    rough = span / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
