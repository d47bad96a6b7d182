"""The request parts of a binding that several requests share: `defaults` and `extends`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from harness.document.messages import choice, dotted, guess
from harness.document.reader import Document, Pointer, Problem, refuse
from harness.document.template import laid_over

_GROUPS = "defaults"
_EXTENDS = "extends"


def with_defaults(document: Document) -> Document:
    """Return a binding whose every request is complete and extends nothing.

    A request is laid over the groups that it extends, later groups over earlier ones. A field that
    comes from a group keeps the line of the group. Raises `Problems` for groups that do not exist
    or that nothing extends.
    """
    groups: Mapping[str, Any] = document.value.get(_GROUPS, {})
    value, lines = deepcopy(document.value), dict(document.lines)
    problems: list[Problem] = []
    used: set[str] = set()
    for holder, at in _requests(value):
        send = holder[at[-1]]
        merged: Any = {}
        for name, place in _extended(send, (*at, _EXTENDS)):
            if name not in groups:
                message = f"{dotted(place)}: unknown defaults '{name}'"
                message += f"; expected {choice(groups)}" if groups else "; there are none"
                problems.append(document.problem(message, place, guess(name, groups)))
                continue
            used.add(name)
            merged = laid_over(merged, groups[name])
            for pointer, line in document.lines.items():
                if pointer[:2] == (_GROUPS, name):
                    lines.setdefault((*at, *pointer[2:]), line)
        own = {key: part for key, part in send.items() if key != _EXTENDS}
        holder[at[-1]] = laid_over(merged, own)
    for name in groups:
        if name not in used:
            message = f"no request extends the defaults '{name}'"
            problems.append(document.problem(message, (_GROUPS, name), "remove them"))
    refuse(problems)
    return replace(document, value=value, lines=lines)


def _requests(raw: dict[str, Any]) -> Iterator[tuple[dict[Any, Any], Pointer]]:
    """Yield the mapping that holds each request of a binding, and the pointer to the request."""
    steps = raw.get("enroll", {}).get("steps", ())
    holders: list[tuple[dict[Any, Any], Pointer]] = [
        *((verb, ("verbs", name)) for name, verb in raw["verbs"].items()),
        *((step, ("enroll", "steps", index)) for index, step in enumerate(steps)),
        *(
            (terms, ("auth", index, kind))
            for index, step in enumerate(raw.get("auth", ()))
            for kind, terms in step.items()
        ),
    ]
    yield from ((holder, (*at, "send")) for holder, at in holders if "send" in holder)
    samples = raw.get("samples", {})
    yield from ((samples, ("samples", name)) for name in samples)


def _extended(send: Mapping[str, Any], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    named = send.get(_EXTENDS, ())
    if isinstance(named, str):
        yield named, at
    else:
        yield from ((name, (*at, index)) for index, name in enumerate(named))
