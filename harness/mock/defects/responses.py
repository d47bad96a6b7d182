"""Responses as a server with seeded defects sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.message import Reply


def corrupt(
    reply: Reply,
    switches: Switches,
    balance_places: Sequence[tuple[str, ...]],
    message_place: Sequence[str],
) -> Reply:
    """Return a response as the defects that are on would send it."""
    refusal = reply.refusal
    if refusal is None:
        spots = [spot for place in balance_places for spot in _spots(reply.value, place)]
        if spots:
            _misstate(spots, switches)
        return reply
    if refusal.reason == "missing" and switches.has("error-500-on-missing-field"):
        trace = f'Traceback (most recent call last):\nKeyError: "{refusal.message}"\n'
        return replace(reply, value=trace, status=500, media="text/plain")
    if switches.has("wrong-envelope-on-error"):
        return replace(reply, value=f"ERROR: {refusal.message}\n", media="text/html")
    if switches.has("refusal-without-message") and message_place:
        *parents, name = message_place
        holder = reply.value
        for key in parents:
            holder = holder[key]
        holder.pop(name, None)
    return reply


def _spots(value: Any, place: Sequence[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where a place of a JSON value holds something, as the object and its key."""
    key, rest = place[0], place[1:]
    if key == "*":
        for item in value if isinstance(value, list) else ():
            yield from _spots(item, rest)
    elif isinstance(value, Mapping) and key in value:
        if rest:
            yield from _spots(value[key], rest)
        elif isinstance(value, dict):
            yield value, key


def _misstate(spots: Sequence[tuple[dict[str, Any], str]], switches: Switches) -> None:
    """Misstate the balances of one response."""
    off = switches.strikes("balance-wrong-1-in-50", 50) + switches.strikes(
        "balance-wrong-1-in-300", 300
    )
    text = switches.has("balance-as-text") or switches.strikes("balance-text-1-in-300", 300)
    for holder, key in spots:
        if off and isinstance(holder[key], int):
            holder[key] += off
        if text:
            holder[key] = str(holder[key])
