"""Whether a binding is consistent, and its requests fit the operations of the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.requirement import faults_of_vendor
from harness.contract.validate.outcomes import faults_of_rules
from harness.contract.validate.promises import (
    faults_of_amounts,
    faults_of_promises,
    faults_of_row_results,
)
from harness.contract.validate.source import (
    faults_of_extracts,
    faults_of_opaque,
    webhook_steps,
)
from harness.contract.validate.webhook import faults_of_webhook
from harness.document.messages import choice, dotted, guess, near
from harness.document.pointer import find, split
from harness.document.reader import Document, Pointer, Problem
from harness.document.template import marks
from harness.model.binding import DIGESTS, REFERENCE
from harness.model.operation import Operation, Specification

_SCOPE = (
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
    "webhook",
)
"""The names a binding's templates may begin with, besides what is extracted."""

_HOPS = 16
_COMPOSED = frozenset(
    {"allOf", "anyOf", "oneOf", "if", "patternProperties", "unevaluatedProperties"}
)


def faults_of_binding(document: Document, specification: Specification) -> Iterator[Problem]:
    """Yield what is wrong with a binding that has passed its schema."""
    raw: dict[str, Any] = document.value
    requests = _Requests(document, specification)
    yield from faults_of_vendor(document)
    yield from faults_of_rules(document, raw["outcomes"], ("outcomes",))
    yield from faults_of_promises(document)
    yield from faults_of_amounts(document)
    for index, step in enumerate(raw.get("auth", ())):
        ((kind, terms),) = step.items()
        yield from requests.auth_step(terms, ("auth", index, kind))
        yield from _faults_of_auth(document, terms, ("auth", index, kind))
    for name, verb in raw["verbs"].items():
        at: Pointer = ("verbs", name)
        yield from requests.request(verb, at)
        yield from requests.rows(verb, (*at, "rows"))
        yield from _faults_of_entry(document, verb.get("entry", {}), (*at, "entry"))
        yield from faults_of_row_results(document, verb, at)
        if name.startswith("bulk_") and "rows" not in verb:
            message = f"{dotted(at)} is a bulk without rows"
            yield document.problem(message, at, "say how its rows are written")
    for operation, send in raw.get("samples", {}).items():
        yield from requests.known(operation, ("samples", operation))
        yield from requests.send(operation, send, ("samples", operation))
    for index, step in enumerate(raw.get("enroll", {}).get("steps", ())):
        yield from requests.request(step, ("enroll", "steps", index))
    for at, step in webhook_steps(raw):
        yield from requests.request(step, at)
    yield from faults_of_webhook(document)
    yield from faults_of_extracts(document)
    yield from faults_of_opaque(document, specification)
    yield from _faults_of_placeholders(document)


def _faults_of_auth(document: Document, terms: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
    if "exempt" in terms and "only" in terms:
        message = f"{dotted(at)} has both exempt and only; expected one of them"
        yield document.problem(message, (*at, "only"))
    algorithm = terms.get("algorithm")
    if algorithm in DIGESTS and "key" in terms:
        message = f"{algorithm} is a digest, which takes no key; expected none, saw one"
        yield document.problem(message, (*at, "key"))
    elif algorithm is not None and algorithm not in DIGESTS and "key" not in terms:
        message = f"{algorithm} needs a key; expected a template that names a secret"
        yield document.problem(message, at, 'add key: "${secret.…}"')
    parts = terms.get("parts", ())
    texts = [part.get("text", "") for part in parts if isinstance(part, Mapping)]
    if algorithm and "lifetime" in terms and not any("${now" in text for text in texts):
        message = f"{dotted(at)} has a lifetime and signs no moment; expected a text with ${{now}}"
        yield document.problem(message, (*at, "lifetime"), 'add {text: "${now|unix}"} to its parts')
    reasons = sorted({rule["reason"] for rule in document.value["outcomes"] if "reason" in rule})
    for index, reason in enumerate(terms.get("renew_on", ())):
        if reason not in reasons:
            message = f"no outcome rule gives the reason '{reason}'"
            yield document.unknown(message, (*at, "renew_on", index), reason, reasons)


def _faults_of_entry(
    document: Document, terms: Mapping[str, Any], at: Pointer
) -> Iterator[Problem]:
    verbs = document.value["verbs"]
    for index, name in enumerate(terms.get("of", ())):
        if name not in verbs:
            message = f"{dotted(at)}: unknown verb '{name}'"
            yield document.unknown(message, (*at, "of", index), name, verbs)
            continue
        known = [REFERENCE, *verbs[name].get("extract", {})]
        if terms["by"] not in known:
            message = f"{dotted(at)}: {name} is not known by '{terms['by']}'"
            yield document.unknown(message, (*at, "by"), terms["by"], known)


def _faults_of_placeholders(document: Document) -> Iterator[Problem]:
    raw: dict[str, Any] = document.value
    requests = [step.get("token", {}) for step in raw.get("auth", ())]
    requests += raw.get("enroll", {}).get("steps", ())
    requests += [step for _, step in webhook_steps(raw)]
    known = sorted({*_SCOPE, *(name for one in requests for name in one.get("extract", {}))})
    for key in ("auth", "verbs", "samples", "enroll", "webhook"):
        for text, at in _texts(raw.get(key, {}), (key,)):
            try:
                found = list(marks(text))
            except Problem as problem:
                yield document.problem(problem.message, at, problem.hint)
                continue
            for mark in found:
                root = mark.parts[0]
                # Engines may add names, so only a near miss is surely a mistake.
                if root not in known and near(root, known):
                    message = f"nothing is known as ${{{mark.name}}}"
                    message += f"; expected a name that begins with {choice(known)}"
                    yield document.problem(message, at, guess(root, known))


def _texts(node: Any, at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if isinstance(node, str):
        yield node, at
    elif isinstance(node, dict | list):
        for key, item in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _texts(item, (*at, key))


@dataclass(frozen=True, slots=True)
class _Requests:
    """Whether requests fit the operations of the specification."""

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

    def rows(self, verb: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
        rows = verb.get("rows", {})
        columns = rows.get("columns", split(rows.get("at", ""))[:1])
        yield from self.fields(
            verb["operation"], columns, (*at, "columns" if "columns" in rows else "at")
        )

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
        for place in ("path", "query", "header", "cookie"):
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
