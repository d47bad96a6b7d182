"""Whether the requests that a binding declares fit the specification, types included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.contract.validate.assumed import Assumed, Doubt, Known, Path, assume, within
from harness.contract.validate.fit import (
    FORMS,
    Misfit,
    faults_of_body,
    faults_of_text,
    validator_of,
)
from harness.document.messages import dotted
from harness.document.pointer import MISSING, Missing, split
from harness.document.reader import Pointer, Problem
from harness.document.template import laid_over
from harness.model.binding import Binding, Place, RowsForm, TokenAuth, Verb
from harness.model.operation import Operation, Parameter, Specification
from harness.spec.credentials import own_parameters, without_auth
from harness.spec.direction import as_sent
from harness.spec.provenance import reached

PlaceOf = Callable[[Pointer], str]
"""Returns `file:line` of a key of the binding."""

# OpenAPI leaves these to the media types and to the security of the operation.
_IGNORED = frozenset({"accept", "content-type", "authorization"})
_WORDS: Mapping[str, str] = {
    "path": "path parameter",
    "query": "query parameter",
    "header": "header",
    "cookie": "cookie",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A request as a file declares it.

    `at` is where it stands, `rows` the form of its rows if any, `over` a body that is laid over it
    with its rows.
    """

    operation: str
    send: Mapping[str, Any]
    at: Pointer
    rows: RowsForm | None = None
    rows_at: Pointer = ()
    over: Any = None


def request_of(verb: Verb) -> Declared:
    """Return the request of a verb."""
    at: Pointer = ("verbs", verb.name)
    return Declared(verb.operation, verb.send, (*at, "send"), verb.rows, (*at, "rows"))


def declared_requests(binding: Binding) -> Iterator[Declared]:
    """Yield the requests of verbs, samples, enrolment, tokens and about a webhook."""
    yield from map(request_of, binding.verbs.values())
    for operation, send in binding.samples.items():
        yield Declared(operation, send, ("samples", operation))
    for index, step in enumerate(binding.enroll.steps if binding.enroll else ()):
        yield Declared(step.operation, step.send, ("enroll", "steps", index, "send"))
    hook = binding.webhook
    told = {"register": hook.register, "unregister": hook.unregister} if hook else {}
    for key, steps in told.items():
        for index, step in enumerate(steps):
            yield Declared(step.operation, step.send, ("webhook", key, index, "send"))
    for index, auth in enumerate(binding.auth):
        if isinstance(auth, TokenAuth):
            at: Pointer = ("auth", index, "token")
            yield Declared(auth.operation, auth.send, (*at, "send"))
            for name, over in auth.variants.items():
                send = laid_over(auth.send, over)
                yield Declared(auth.operation, send, (*at, "variants", name))


def unmet_needs(binding: Binding, specification: Specification, operation: str) -> tuple[str, ...]:
    """Return what a request of an operation needs that neither a sample nor a verb gives it."""
    if operation in binding.samples or binding.verbs_of(operation):
        return ()
    requests = Requests(specification, binding, lambda _: "")
    return requests.needs(specification.operations[operation])


@dataclass(frozen=True, slots=True)
class Requests:
    """Holds requests against the operations of a specification.

    `known` are values of templates that are known, such as those of a target.
    """

    specification: Specification
    binding: Binding
    place: PlaceOf
    known: Known = field(default_factory=dict)
    compiled: dict[str, Any] = field(default_factory=dict)

    def knowing(self, known: Known, place: PlaceOf) -> Requests:
        """Return the same for requests of another place, of which more is known."""
        return replace(self, known={**self.known, **known}, place=place)

    def faults(self, requests: Iterable[Declared]) -> Iterator[Problem]:
        """Yield what surely keeps a request from fitting its operation."""
        for request in requests:
            operation = self.specification.operations.get(request.operation)
            if operation is not None:
                yield from self._parameters(operation, request)
                yield from self._body(operation, request)

    def needs(self, operation: Operation) -> tuple[str, ...]:
        """Return what a request of an operation must have besides credentials, in words."""
        filled = self._filled(operation)
        found = [
            f"the {_WORDS[one.place]} {one.name}"
            for one in own_parameters(operation, self.specification.document)
            if one.required and not _is_ignored(one) and one.name.lower() not in filled
        ]
        bare = Declared(operation.id, {}, ())
        body = operation.body
        if body is not None and body.required and any(self._body(operation, bare)):
            found.append("a body")
        return tuple(found)

    def _parameters(self, operation: Operation, request: Declared) -> Iterator[Problem]:
        filled = self._filled(operation)
        for parameter in own_parameters(operation, self.specification.document):
            name, place = parameter.name, parameter.place
            if _is_ignored(parameter):
                continue
            given = _given(request.send.get(place, {}), parameter)
            if given is None and parameter.required and name.lower() not in filled:
                message = f"{operation.id} needs the {_WORDS[place]} '{name}'"
                hint = f"add it to {dotted(request.at)}.{place}"
                yield Problem(message, self.place(request.at), hint)
            elif given is not None:
                validator = self._validator(f"{operation.id} {place} {name}", parameter.schema)
                assumed = assume(request.send[place][given], self.known)
                for fault in faults_of_text(validator, assumed):
                    yield self._problem(operation, request, fault, (place, given))

    def _filled(self, operation: Operation) -> frozenset[str]:
        """Return the names, in lower case, of what credentials put into a request."""
        return frozenset(one.name.lower() for one in self._places(operation))

    def _places(self, operation: Operation) -> Iterator[Place]:
        for step in self.binding.auth:
            if operation.id not in step.exempt:
                yield from step.places

    def _body(self, operation: Operation, request: Declared) -> Iterator[Problem]:
        body = operation.body
        if body is None or not ("json" in body.media_type or body.media_type in FORMS):
            return
        if isinstance(request.send.get("body"), str) and body.media_type in FORMS:
            return
        assumed = _with_rows(assume(request.send.get("body", {}), self.known), request, self.known)
        if request.over is not None:
            assumed = _overlaid(assumed, assume(request.over, self.known))
        for place in self._places(operation):
            if place.where == "body":
                assumed = _with_value(assumed, place.name)
        validator = self._validator(operation.id, body.schema)
        for fault in faults_of_body(validator, body, assumed):
            yield self._problem(operation, request, fault, ("body",))

    def _validator(self, name: str, schema: Mapping[str, Any]) -> Any:
        if name not in self.compiled:
            root = self.specification.document
            sent = as_sent({"components": _reached(schema, root)})
            own = sent.schema(without_auth(schema, root))
            self.compiled[name] = validator_of(own, sent.components())
        return self.compiled[name]

    def _problem(
        self, operation: Operation, request: Declared, fault: Misfit, below: Pointer
    ) -> Problem:
        at = (*request.at, *below, *fault.path)
        rows = request.rows
        keys = ("body", *split(rows.at)) if rows is not None and rows.at else ()
        inner = (*below, *fault.path)
        if rows is not None and keys and inner[: len(keys)] == keys:
            at = (*request.rows_at, "each", *inner[len(keys) + 1 :])
        elif rows is not None and len(inner) > 1 and inner[1] in rows.columns:
            at = (*request.rows_at, "columns", inner[1])
        message = f"{dotted(at)} does not fit {operation.id}"
        message += f": expected {fault.expected}, saw {fault.saw}"
        return Problem(message, self.place(at))


def _reached(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the components that a schema refers to, as far as a caller writes them."""
    sections, found = root.get("components", {}), defaultdict[str, dict[str, Any]](dict)
    for reference in reached(schema, root):
        top, section, name, *_ = (*split(reference[1:]), "", "", "")
        if top == "components" and name in sections.get(section, {}):
            found[section][name] = without_auth(sections[section][name], root)
    return found


def _given(values: Any, parameter: Parameter) -> str | None:
    """Return the name by which a value of the parameter is given, None where there is none."""
    low = str.lower if parameter.place == "header" else str
    names = values if isinstance(values, Mapping) else {}
    return next((name for name in names if low(name) == low(parameter.name)), None)


def _is_ignored(parameter: Parameter) -> bool:
    return parameter.place == "header" and parameter.name.lower() in _IGNORED


def _with_rows(assumed: Assumed, request: Declared, known: Known) -> Assumed:
    """Return the body with one row, of which there may be any number."""
    rows = request.rows
    if rows is None:
        return assumed
    if rows.at:
        path: Path = tuple(split(rows.at))
        each = assume(rows.each, known)
        value: Any = [each.value]
        for key in reversed(path):
            value = {key: value}
        inner = dict(within(each, (*path, 0)))
        doubts = {**assumed.doubts, path: Doubt.LENGTH, **inner}
        return Assumed(laid_over(assumed.value, value), doubts)
    columns = {name: assume([one], known) for name, one in rows.columns.items()}
    lists = {name: one.value for name, one in columns.items()}
    doubts = dict(assumed.doubts)
    for name, one in columns.items():
        doubts |= {(name,): Doubt.LENGTH, **dict(within(one, (name,)))}
    return Assumed(laid_over(assumed.value, lists), doubts)


def _overlaid(base: Assumed, over: Assumed) -> Assumed:
    """Return a body with another laid over it; what it replaces is in doubt no longer."""
    kept = {
        path: doubt
        for path, doubt in base.doubts.items()
        if isinstance(_at(over.value, path), Mapping | Missing)
    }
    return Assumed(laid_over(base.value, over.value), {**kept, **over.doubts})


def _at(value: Any, path: Path) -> Any:
    """Return what stands at a path or, where that is no mapping, on the way to it."""
    for key in path:
        if not isinstance(value, Mapping):
            return value
        value = value.get(str(key), MISSING)
    return value


def _with_value(assumed: Assumed, name: str) -> Assumed:
    """Return the body with a value of the credentials in a field."""
    keys = split(name) if name.startswith("/") else (name,)
    value: Any = ""
    for key in reversed(keys):
        value = {key: value}
    doubts = {path: doubt for path, doubt in assumed.doubts.items() if path != keys}
    return Assumed(laid_over(assumed.value, value), {**doubts, keys: Doubt.ANY})
