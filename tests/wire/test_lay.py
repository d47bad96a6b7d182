"""Values laid over a request and taken out of it, and the time in its templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.model.binding import Verb
from harness.wire.request import draft, merged, time_at, with_field
from harness.wire.verbs import Speaker
from tests.acme import JSON, binding, operation, specification

BODY = {"a": {"b": {"c": 1, "d": 2}, "e": [1, 2]}, "f": 3}


@pytest.mark.parametrize(
    ("over", "without", "left"),
    [
        ({"a": {"b": {"d": 9}}}, (), {"a": {"b": {"c": 1, "d": 9}, "e": [1, 2]}, "f": 3}),
        ({"a": {"e": [7]}}, (), {"a": {"b": {"c": 1, "d": 2}, "e": [7]}, "f": 3}),
        ({"a": 5, "g": {"h": 1}}, (), {"a": 5, "f": 3, "g": {"h": 1}}),
        ({}, ("/a/b/c", "f"), {"a": {"b": {"d": 2}, "e": [1, 2]}}),
        ({}, ("/a/none", "/f/deeper", "/none/at/all"), BODY),
        ([1], (), [1]),
    ],
)
def test_values_are_laid_over_within_mappings(
    over: Any, without: tuple[str, ...], left: Any
) -> None:
    """A mapping keeps its other fields; a list or a plain value takes the whole place."""
    base = merged(draft(operation("x", JSON), {}, {}), {"body": BODY})
    assert merged(base, {"body": over}, without).body == left
    assert base.body == BODY


def test_order_stays_where_values_are_laid_over() -> None:
    """What was there keeps its place, and what is new comes last."""
    base = merged(draft(operation("x", JSON), {}, {}), {"body": BODY})
    body = merged(base, {"body": {"new": 0, "f": 1, "a": {"b": {"c": 0}}}}).body
    assert list(body) == ["a", "f", "new"]
    assert list(body["a"]["b"]) == ["c", "d"]


def test_a_field_is_put_by_name_or_by_pointer() -> None:
    """Where nothing can hold the field, nothing is done."""
    assert with_field({"a": {}}, "/a/b", 1) == {"a": {"b": 1}}
    assert with_field({"a": {}}, "b", 1) == {"a": {}, "b": 1}
    assert with_field({"a": "text"}, "/a/b", 1) == {"a": "text"}
    assert with_field({}, "/a/b", 1) == {}
    assert with_field("text", "a", 1) == "text"


def test_the_time_is_that_of_the_vendors_clock() -> None:
    """Templates of verbs and samples write the moment of their request in the vendor's zone."""
    body = {"at": "${now|iso-8601}", "who": "${member.id|number}"}
    dated = replace(
        binding(),
        verbs={"earn": Verb("earn", "add_points", {"body": body}, {}, "credit")},
        samples={"use_coupon": {"body": body}},
        utc_offset="+07:00",
    )
    speaker = Speaker(dated, specification("add_points", "use_coupon"), {}, {})
    plain, _ = speaker.verb("earn", {"id": "42"}, 5)
    for made in (plain, speaker.sample("use_coupon", {"id": "42"}, {})):
        assert made.body["who"] == 42
        moment = datetime.fromisoformat(made.body["at"])
        assert moment.utcoffset() == timedelta(hours=7)
        assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)
    assert time_at("-03:30").utcoffset() == timedelta(hours=-3.5)
