"""The request parts of a binding that several requests share: `defaults` and `extends`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import choice, dotted, guess
from harness.document.reader import Document, Problem, refuse

DEFAULTS = "defaults"
EXTENDS = "extends"


def with_defaults(document: Document) -> Document:
    """Return a binding whose every request is complete and extends nothing.

    A request is laid over the groups that it extends, later groups over earlier ones: mappings are
    merged field by field and everything else is replaced; a field keeps the position where it
    first stands. A field that comes from a group keeps the line of the group. Raises `Problems`
    for groups that do not exist or that nothing extends.
    """
    groups: Mapping[str, Any] = document.value.get(DEFAULTS, {})
    lines = dict(document.lines)
    problems: list[Problem] = []
    used: set[str] = set()

    def completed(send: Mapping[str, Any], at: Pointer) -> Any:
        merged: Any = {}
        for name, place in _extended(send, (*at, EXTENDS)):
            if name not in groups:
                message = f"{dotted(place)}: unknown defaults '{name}'"
                message += f"; expected {choice(groups)}" if groups else "; there are none"
                problems.append(Problem(message, document.place(place), guess(name, groups)))
                continue
            used.add(name)
            merged = laid_over(merged, groups[name])
            below: Pointer = (DEFAULTS, name)
            for pointer, line in document.lines.items():
                if pointer[:2] == below:
                    lines.setdefault((*at, *pointer[2:]), line)
        return laid_over(merged, {key: part for key, part in send.items() if key != EXTENDS})

    value = _each_request(document.value, completed)
    for name in groups:
        if name not in used:
            message = f"no request extends the defaults '{name}'"
            problems.append(Problem(message, document.place((DEFAULTS, name)), "remove them"))
    refuse(problems)
    return replace(document, value=value, lines=lines)


def laid_over(base: Any, top: Any) -> Any:
    """Return `top` laid over `base`, field by field; fields of the base keep their order."""
    if not isinstance(base, Mapping) or not isinstance(top, Mapping):
        return top
    both = {key: laid_over(base[key], top[key]) if key in top else base[key] for key in base}
    return {**both, **{key: item for key, item in top.items() if key not in base}}


def _extended(send: Mapping[str, Any], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    named = send.get(EXTENDS, ())
    if isinstance(named, str):
        yield named, at
        return
    for index, name in enumerate(named):
        yield name, (*at, index)


def _each_request(binding: Mapping[str, Any], complete: Any) -> dict[str, Any]:
    """Return the binding with `complete(send, pointer)` in the place of every request."""

    def with_send(holder: Mapping[str, Any], at: Pointer) -> Mapping[str, Any]:
        if "send" not in holder:
            return holder
        return {**holder, "send": complete(holder["send"], (*at, "send"))}

    value = dict(binding)
    value["auth"] = [
        {kind: with_send(terms, ("auth", index, kind)) for kind, terms in step.items()}
        for index, step in enumerate(binding.get("auth", ()))
    ]
    value["verbs"] = {
        name: with_send(verb, ("verbs", name)) for name, verb in binding["verbs"].items()
    }
    value["samples"] = {
        name: complete(send, ("samples", name)) for name, send in binding.get("samples", {}).items()
    }
    if "enroll" in binding:
        steps = [
            with_send(step, ("enroll", "steps", index))
            for index, step in enumerate(binding["enroll"]["steps"])
        ]
        value["enroll"] = {**binding["enroll"], "steps": steps}
    return value
