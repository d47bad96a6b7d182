"""Whether the requests of a binding fit the operations of the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.document.messages import choice, dotted, guess
from harness.document.pointer import find, split
from harness.document.reader import Document, Pointer, Problem
from harness.model.operation import Operation, Specification

_HOPS = 16
_COMPOSED = frozenset(
    {"allOf", "anyOf", "oneOf", "if", "patternProperties", "unevaluatedProperties"}
)


def disagreements(document: Document, specification: Specification) -> Iterator[Problem]:
    """Yield where a binding that has passed its schema disagrees with its specification."""
    raw: dict[str, Any] = document.value
    run = _Comparison(document, specification)
    for index, step in enumerate(raw.get("auth", ())):
        ((kind, terms),) = step.items()
        yield from run.auth_step(terms, ("auth", index, kind))
    for name, verb in raw["verbs"].items():
        yield from run.request(verb, ("verbs", name))
        if "rows" in verb:
            rows, below = verb["rows"], ("verbs", name, "rows")
            columns = rows.get("columns", split(rows.get("at", ""))[:1])
            inner = (*below, "columns" if "columns" in rows else "at")
            yield from run.fields(verb["operation"], columns, inner)
    for operation, send in raw.get("samples", {}).items():
        yield from run.known(operation, ("samples", operation))
        yield from run.send(operation, send, ("samples", operation))
    for index, step in enumerate(raw.get("enroll", {}).get("steps", ())):
        yield from run.request(step, ("enroll", "steps", index))


@dataclass(frozen=True, slots=True)
class _Comparison:
    document: Document
    specification: Specification

    def known(self, operation: str, at: Pointer) -> Iterator[Problem]:
        known = self.specification.operations
        if operation not in known:
            message = f"{dotted(at)}: unknown operation '{operation}'; "
            message += f"expected an operationId of the specification, such as {choice(known)}"
            yield self.document.problem(message, at, guess(operation, known))

    def auth_step(self, terms: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
        if "operation" in terms:
            yield from self.request(terms, at)
        if "end" in terms:
            yield from self.known(terms["end"], (*at, "end"))
        for key in ("exempt", "only", "optional_for"):
            for index, operation in enumerate(terms.get(key, ())):
                yield from self.known(operation, (*at, key, index))
        for name, send in terms.get("variants", {}).items():
            yield from self.send(terms["operation"], send, (*at, "variants", name))

    def request(self, holder: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
        yield from self.known(holder["operation"], (*at, "operation"))
        yield from self.send(holder["operation"], holder.get("send", {}), (*at, "send"))

    def send(self, operation: str, send: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
        declared = self.specification.operations.get(operation)
        if declared is None:
            return
        yield from self.parameters(declared, send, at)
        if "body" in send and declared.body is None:
            message = f"{operation} takes no body; expected none, saw one"
            yield self.document.problem(message, (*at, "body"))
        elif isinstance(send.get("body"), dict):
            yield from self.fields(operation, send["body"], (*at, "body"))

    def parameters(
        self, operation: Operation, send: Mapping[str, Any], at: Pointer
    ) -> Iterator[Problem]:
        for place in ("path", "query", "header"):
            declared = sorted(p.name for p in operation.parameters if p.place == place)
            written = str.lower if place == "header" else str
            for name in send.get(place, {}):
                if written(name) not in map(written, declared):
                    what = f"{operation.id} has no {place} parameter '{name}'"
                    yield self.document.unknown(what, (*at, place, name), name, declared)
            if place == "path":
                for name in declared:
                    if name not in send.get("path", {}):
                        message = f"{operation.id} needs the path parameter '{name}'"
                        yield self.document.problem(message, at, f"add it to {dotted(at)}.path")

    def fields(self, operation: str, body: Iterable[str], at: Pointer) -> Iterator[Problem]:
        known = _fields(self.specification, operation)
        for name in body if known else ():
            # A repeated form field may be written with or without its brackets.
            if not {name, f"{name}[]", name.removesuffix("[]")} & set(known):
                what = f"the body of {operation} has no field '{name}'"
                yield self.document.unknown(what, (*at, name), name, known)


def _fields(specification: Specification, operation: str) -> list[str]:
    """Return the fields a body may have, none where the schema does not list them."""
    declared = specification.operations.get(operation)
    schema: Any = declared.body.schema if declared is not None and declared.body else {}
    for _ in range(_HOPS):
        if "$ref" not in schema:
            break
        schema = find(specification.document, schema["$ref"][1:], {})
    return [] if _COMPOSED & set(schema) else sorted(schema.get("properties", ()))
