"""Whether a binding agrees with the specification it binds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import choice, dotted, guess, near
from harness.document.pointer import find, split
from harness.document.reader import Document, Problem
from harness.document.template import marks
from harness.model.binding import DIGESTS, REFERENCE
from harness.model.operation import Operation, Specification

SCOPE = (
    "value",
    "secret",
    "member",
    "units",
    "reference",
    "entry",
    "fresh",
    "signature",
    "now",
    "number",
    "kind",
)
"""The names a binding's templates may begin with, besides what is extracted."""

_COMPOSED = frozenset(
    {"allOf", "anyOf", "oneOf", "if", "patternProperties", "unevaluatedProperties"}
)


def disagreements(document: Document, specification: Specification) -> Iterator[Problem]:
    """Yield where a binding that has passed its schema and its specification part ways."""
    raw: dict[str, Any] = document.value
    run = _Comparison(document, specification)
    folder = document.path.parent.name
    if raw["vendor"] != folder:
        message = f"vendor: expected the folder's name {folder}, saw '{raw['vendor']}'"
        yield Problem(message, document.place(("vendor",)))
    for index, step in enumerate(raw.get("auth", ())):
        ((kind, terms),) = step.items()
        yield from run.auth_step(terms, ("auth", index, kind))
    for name, verb in raw["verbs"].items():
        yield from run.verb(name, verb, ("verbs", name))
    for operation, send in raw.get("samples", {}).items():
        pointer: Pointer = ("samples", operation)
        yield from run.known([operation], pointer)
        yield from run.send(operation, send, pointer)
    for index, step in enumerate(raw.get("enroll", {}).get("steps", ())):
        below: Pointer = ("enroll", "steps", index)
        yield from run.known([step["operation"]], (*below, "operation"))
        yield from run.send(step["operation"], step.get("send", {}), (*below, "send"))
    yield from run.placeholders()


@dataclass(frozen=True, slots=True)
class _Comparison:
    document: Document
    specification: Specification

    def problem(self, message: str, pointer: Pointer, hint: str = "") -> Problem:
        return Problem(message, self.document.place(pointer), hint)

    def known(self, operations: Iterable[str], pointer: Pointer) -> Iterator[Problem]:
        known = self.specification.operations
        for operation in operations:
            if operation not in known:
                message = (
                    f"{dotted(pointer)}: unknown operation '{operation}'; "
                    f"expected an operationId of the specification, such as {choice(known)}"
                )
                yield self.problem(message, pointer, guess(operation, known))

    def auth_step(self, terms: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
        for key in ("operation", "end"):
            if key in terms:
                yield from self.known([terms[key]], (*pointer, key))
        for key in ("exempt", "only", "optional_for"):
            for index, operation in enumerate(terms.get(key, ())):
                yield from self.known([operation], (*pointer, key, index))
        if "exempt" in terms and "only" in terms:
            message = f"{dotted(pointer)} has both exempt and only; expected one of them"
            yield self.problem(message, (*pointer, "only"))
        if "operation" in terms:
            yield from self.send(terms["operation"], terms.get("send", {}), (*pointer, "send"))
            for name, send in terms.get("variants", {}).items():
                below = (*pointer, "variants", name)
                yield from self.send(terms["operation"], send, below)
        if "algorithm" in terms:
            yield from self.key(terms, pointer)
        reasons = {rule.get("reason") for rule in self.document.value["outcomes"]} - {None}
        for index, reason in enumerate(terms.get("renew_on", ())):
            if reason not in reasons:
                message = f"no outcome rule gives the reason '{reason}'"
                expected = f"expected {choice(sorted(reasons))}"
                below = (*pointer, "renew_on", index)
                yield self.problem(f"{message}; {expected}", below, guess(reason, reasons))

    def key(self, sign: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
        algorithm = sign["algorithm"]
        if algorithm in DIGESTS and "key" in sign:
            message = f"{algorithm} is a digest, which takes no key; expected none, saw one"
            yield self.problem(message, (*pointer, "key"))
        elif algorithm not in DIGESTS and "key" not in sign:
            message = f"{algorithm} needs a key; expected a template that names a secret"
            yield self.problem(message, pointer, 'add key: "${secret.…}"')

    def verb(self, name: str, verb: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
        yield from self.known([verb["operation"]], (*pointer, "operation"))
        yield from self.send(verb["operation"], verb.get("send", {}), (*pointer, "send"))
        yield from self.entry(verb.get("entry", {}), (*pointer, "entry"))
        rows = verb.get("rows")
        if rows is None:
            if name.startswith("bulk_"):
                hint = "say how its rows are written"
                yield self.problem(f"{dotted(pointer)} is a bulk without rows", pointer, hint)
            return
        below = (*pointer, "rows")
        columns = rows.get("columns", dict.fromkeys(split(rows.get("at", ""))[:1]))
        inner = (*below, "columns") if "columns" in rows else (*below, "at")
        yield from self.fields(verb["operation"], columns, inner)

    def entry(self, terms: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
        verbs = self.document.value["verbs"]
        for index, name in enumerate(terms.get("of", ())):
            if name not in verbs:
                message = f"{dotted(pointer)}: unknown verb '{name}'; expected {choice(verbs)}"
                yield self.problem(message, (*pointer, "of", index), guess(name, verbs))
                continue
            known = [REFERENCE, *verbs[name].get("extract", {})]
            if terms["by"] not in known:
                message = f"{dotted(pointer)}: {name} is not known by '{terms['by']}'"
                expected = f"expected {choice(known)}"
                hint = guess(terms["by"], known)
                yield self.problem(f"{message}; {expected}", (*pointer, "by"), hint)

    def send(self, operation: str, send: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
        declared = self.specification.operations.get(operation)
        if declared is None:
            return
        yield from self.parameters(declared, send, pointer)
        if "body" in send and declared.body is None:
            message = f"{operation} takes no body; expected none, saw one"
            yield self.problem(message, (*pointer, "body"))
        elif isinstance(send.get("body"), dict):
            yield from self.fields(operation, send["body"], (*pointer, "body"))

    def parameters(
        self, operation: Operation, send: Mapping[str, Any], pointer: Pointer
    ) -> Iterator[Problem]:
        for place in ("path", "query", "header"):
            declared = {p.name for p in operation.parameters if p.place == place}
            low = {name.lower() for name in declared} if place == "header" else declared
            for name in send.get(place, {}):
                if (name.lower() if place == "header" else name) not in low:
                    message = f"{operation.id} has no {place} parameter '{name}'"
                    expected = f"expected {choice(sorted(declared))}"
                    below = (*pointer, place, name)
                    yield self.problem(f"{message}; {expected}", below, guess(name, declared))
            if place == "path":
                for name in sorted(declared - set(send.get("path", {}))):
                    message = f"{operation.id} needs the path parameter '{name}'"
                    yield self.problem(message, pointer, f"add it to {dotted(pointer)}.path")

    def fields(self, operation: str, body: Iterable[str], pointer: Pointer) -> Iterator[Problem]:
        known = _fields(self.specification, operation)
        if known is None:
            return
        for name in body:
            # A repeated form field may be written with or without its brackets.
            if not {name, f"{name}[]", name.removesuffix("[]")} & known:
                message = f"the body of {operation} has no field '{name}'"
                expected = f"expected {choice(sorted(known))}"
                below = (*pointer, name)
                yield self.problem(f"{message}; {expected}", below, guess(name, known))

    def placeholders(self) -> Iterator[Problem]:
        raw: dict[str, Any] = self.document.value
        askers = [step.get("token", {}) for step in raw.get("auth", ())]
        askers += raw.get("enroll", {}).get("steps", ())
        extracted = {name for asker in askers for name in asker.get("extract", {})}
        known = {*SCOPE, *extracted}
        for key in ("auth", "verbs", "samples", "enroll"):
            for text, pointer in _texts(raw.get(key, {}), (key,)):
                try:
                    found = list(marks(text))
                except Problem as problem:
                    yield self.problem(problem.message, pointer, problem.hint)
                    continue
                for mark in found:
                    root = mark.parts[0]
                    # Engines may add names, so only a near miss is surely a mistake.
                    if root not in known and near(root, known):
                        message = f"nothing is known as ${{{mark.name}}}"
                        expected = f"expected a name that begins with {choice(sorted(known))}"
                        yield self.problem(f"{message}; {expected}", pointer, guess(root, known))


def _fields(specification: Specification, operation: str) -> frozenset[str] | None:
    """Return the fields a body may have, None where the schema does not list them."""
    declared = specification.operations.get(operation)
    schema: Any = declared.body.schema if declared is not None and declared.body else {}
    for _ in range(16):
        if "$ref" not in schema:
            break
        schema = find(specification.document, schema["$ref"][1:], {})
    if _COMPOSED & set(schema) or not schema.get("properties"):
        return None
    return frozenset(schema["properties"])


def _texts(node: Any, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
    if isinstance(node, str):
        yield node, pointer
    elif isinstance(node, dict):
        for key, item in node.items():
            yield from _texts(item, (*pointer, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _texts(item, (*pointer, index))
