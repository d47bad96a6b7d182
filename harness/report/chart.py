"""Charts of a load and bars of shares: coordinates and labels, which templates draw as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from harness.model.result import SecondResult

_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 30
_TICKS = 4
_BAR_WIDTH, _PIECE_MIN, _GAP = 1000, 5, 3

Curves = Mapping[str, Sequence[tuple[int, float | None]]]
"""The points (second, value) of each curve, by the CSS class that colours it."""


def response_chart(series: Sequence[SecondResult]) -> dict[str, Any]:
    """Return the response time over the seconds of a load: p50 and p99 in milliseconds."""
    curves: Curves = {
        "high": [(row.second, row.p99_ms) for row in series],
        "main": [(row.second, row.p50_ms) for row in series],
    }
    return _chart("Response time in milliseconds over the seconds of the load", "ms", curves)


def rate_chart(series: Sequence[SecondResult]) -> dict[str, Any]:
    """Return arrivals, and the requests among them that were not ok, over the seconds of a load."""
    curves: Curves = {
        "main": [(row.second, row.arrivals) for row in series],
        "calm": [(row.second, row.refused) for row in series],
        "high": [(row.second, row.unknown) for row in series],
    }
    return _chart("Requests per second over the seconds of the load", "/s", curves)


def bar(parts: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """Return a bar of shares: its width, and the CSS class, start and width of each piece."""
    counts = [(style, count) for style, count in parts if count]
    total, x = sum(count for _, count in counts), 0
    pieces = []
    for style, count in counts:
        width = max(_PIECE_MIN, round(_BAR_WIDTH * count / total))
        pieces.append((style, x, width))
        x += width + _GAP
    return {"width": max(1, x - _GAP), "pieces": pieces}


def _chart(title: str, unit: str, curves: Curves) -> dict[str, Any]:
    """Return a chart, empty without a value; a second without one leaves a gap in its curve."""
    points = [point for curve in curves.values() for point in curve]
    values = [value for _, value in points if value is not None]
    if not values:
        return {}
    first = min(second for second, _ in points)
    last = max(first + 1, *(second for second, _ in points))
    step = _step(max(values))
    lines = max(1, math.ceil(max(values) / step))
    stride = max(1, math.ceil(_step(last - first)))

    def x(second: float) -> str:
        return f"{_LEFT + (second - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT):.1f}"

    def y(value: float) -> str:
        return f"{_HEIGHT - _BOTTOM - value / (step * lines) * (_HEIGHT - _TOP - _BOTTOM):.1f}"

    labels = [f"{index * step:,.6g}" for index in range(lines + 1)]
    labels[-1] += f" {unit}"
    ticks = range(math.ceil(first / stride) * stride, last + 1, stride)
    return {
        "title": title,
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": _WIDTH - _RIGHT,
        "grid": [(y(index * step), label) for index, label in enumerate(labels)],
        "seconds": [(x(second), second) for second in ticks],
        "pieces": [
            (style, [(x(second), y(value)) for second, value in piece if value is not None])
            for style, curve in curves.items()
            for missing, piece in groupby(curve, key=lambda point: point[1] is None)
            if not missing
        ],
    }


def _step(span: float) -> float:
    """Return a round step (1, 2 or 5 times a power of ten) that divides a span in about four."""
    if span <= 0:
        return 1.0
    rough = span / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
