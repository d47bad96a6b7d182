"""Whether a value surely violates a schema, whatever its doubtful parts turn out to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jsonschema_rs

from harness.contract.validate.assumed import Assumed, Doubt, Path, within
from harness.document.messages import choice, kind
from harness.document.schema import TYPE_WORDS
from harness.model.operation import Body

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""The media types of bodies whose fields are written as text."""

_KINDS: Mapping[Doubt, type | tuple[type, ...]] = {Doubt.TEXT: str, Doubt.INTEGER: (int, float)}
# What these say holds of a mapping or list whatever stands in it.
_OUTER = frozenset(
    {
        "required",
        "additionalProperties",
        "minProperties",
        "maxProperties",
        "minItems",
        "maxItems",
        "propertyNames",
    }
)
_CONDITIONAL = frozenset({"then", "else", "dependentSchemas"})


@dataclass(frozen=True, slots=True)
class Misfit:
    """A violation: the path to the value, what the schema expects there, and what there is."""

    path: Path
    expected: str
    saw: str = ""


def validator_of(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    """Return a validator of a schema whose references start at the root of the specification."""
    whole = {"allOf": [schema], "components": components}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=False, offline=True)


def sure_faults(validator: Any, assumed: Assumed) -> list[Misfit]:
    """Return where a value violates the schema in every way in which its doubts may end."""
    if validator.is_valid(assumed.value):
        return []
    errors = validator.iter_errors(assumed.value)
    return [fault for error in errors for fault in _sure(error, assumed.doubts)]


def faults_of_body(validator: Any, body: Body, assumed: Assumed) -> list[Misfit]:
    """Return the faults that a body has however it is written as its media type says."""
    if body.media_type in FORMS and isinstance(assumed.value, Mapping):
        return _faults_of_form(validator, assumed)
    found = sure_faults(validator, assumed)
    # Whoever sends nothing for a field may as well have left it out.
    bare = replace(assumed, value=_without_blanks(assumed.value))
    return found if found and sure_faults(validator, bare) else []


def faults_of_text(validator: Any, assumed: Assumed) -> list[Misfit]:
    """Return the faults that a value has however its text is read."""
    interpreted = [sure_faults(validator, one) for one in _interpretations(assumed)]
    return interpreted[0] if all(interpreted) else []


def _faults_of_form(validator: Any, assumed: Assumed) -> list[Misfit]:
    """Return the faults of fields that are wrong however their text is read."""
    forms: list[tuple[dict[str, Any], dict[Path, Doubt]]] = [({}, {}) for _ in range(4)]
    for name, value in assumed.value.items():
        below = {path[1:]: doubt for path, doubt in assumed.doubts.items() if path[0] == name}
        for form, one in zip(forms, _interpretations(Assumed(value, below)), strict=True):
            form[0][name] = one.value
            form[1].update(within(one, (name,)))
    interpreted = [sure_faults(validator, Assumed(value, doubts)) for value, doubts in forms]
    common = set.intersection(*({_field(fault) for fault in one} for one in interpreted))
    names = {f"{name}[]" for name in assumed.value} | {n.removesuffix("[]") for n in assumed.value}
    others = names - assumed.value.keys()
    return [
        fault
        for fault in interpreted[0]
        if _field(fault) in common and not any(f"'{name}'" in fault.expected for name in others)
    ]


def _field(fault: Misfit) -> str:
    return str(fault.path[0]) if fault.path else fault.expected


def _interpretations(assumed: Assumed) -> Iterator[Assumed]:
    """Yield a value written as text as it may be read: numbers or texts, alone or in a list."""
    for read in (_as_number, _as_text):
        if isinstance(assumed.value, Mapping):
            # A mapping is written in one of several styles, or as JSON.
            alone = Assumed("", {(): Doubt.ANY})
        elif isinstance(assumed.value, list):
            doubts = {path: Doubt.ANY for path in assumed.doubts if path}
            length: dict[Path, Doubt] = {(): Doubt.LENGTH} if () in assumed.doubts else {}
            alone = Assumed([read(item) for item in assumed.value], doubts | length)
        elif assumed.doubts:
            alone = Assumed("", {(): Doubt.ANY})
        else:
            alone = Assumed(read(assumed.value), {})
        yield alone
        listed_doubts = {(0, *path): doubt for path, doubt in alone.doubts.items()}
        wrapped = isinstance(alone.value, list)
        yield alone if wrapped else Assumed([alone.value], listed_doubts)


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for read in (int, float):
        try:
            return read(value)
        except ValueError:
            continue
    return value


def _without_blanks(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_blanks(item) for k, item in value.items() if item not in (None, "")}
    return [_without_blanks(item) for item in value] if isinstance(value, list) else value


def _sure(error: Any, doubts: Mapping[Path, Doubt]) -> Iterator[Misfit]:
    path: Path = tuple(error.instance_path)
    branches = getattr(error.kind, "context", None)
    if branches and all(branches):
        found = [[fault for one in branch for fault in _sure(one, doubts)] for branch in branches]
        if all(found):
            yield from max(found, key=lambda one: (min(len(f.path) for f in one), -len(one)))
    elif _is_sure(error, path, doubts):
        yield Misfit(path, _expected(error), _saw(error))


def _is_sure(error: Any, path: Path, doubts: Mapping[Path, Doubt]) -> bool:
    keyword, doubt = str(error.kind.name), doubts.get(path)
    if doubt is Doubt.ANY or (doubts and not _CONDITIONAL.isdisjoint(map(str, error.schema_path))):
        return False
    if keyword == "type":
        return True
    if keyword in ("enum", "const") and doubt in _KINDS:
        terms = error.kind.as_dict()
        options = terms.get("options", [terms.get("expected_value")])
        kinds = _KINDS[doubt] if doubt is not None else ()
        return not any(isinstance(one, kinds) and not isinstance(one, bool) for one in options)
    if doubt is not None:
        return False
    inner = any(len(one) > len(path) and one[: len(path)] == path for one in doubts)
    return keyword in _OUTER or not inner


def _expected(error: Any) -> str:
    """Return what the schema expects, without the value that it met, which may be secret."""
    keyword, terms = str(error.kind.name), error.kind.as_dict()
    write = _WORDS.get(keyword)
    return write(terms) if write is not None else f"what its {keyword} says"


def _saw(error: Any) -> str:
    """Return what there is: the names of the fields where one is missing, else a kind."""
    if error.kind.name == "required" and error.instance:
        return choice(error.instance, "and")
    return kind(error.instance)


def _kinds(terms: Mapping[str, Any]) -> str:
    return choice(TYPE_WORDS.get(name, name) for name in terms["types"])


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "type": _kinds,
    "enum": lambda terms: choice(terms["options"]),
    "const": lambda terms: str(terms["expected_value"]),
    "required": lambda terms: f"the field '{terms['property']}'",
    "additionalProperties": lambda terms: f"no field '{terms['unexpected'][0]}'",
    "minLength": lambda terms: f"at least {terms['limit']} characters",
    "maxLength": lambda terms: f"at most {terms['limit']} characters",
    "pattern": lambda terms: f"a text that matches {terms['pattern']}",
    "minimum": lambda terms: f"at least {terms['limit']}",
    "maximum": lambda terms: f"at most {terms['limit']}",
    "exclusiveMinimum": lambda terms: f"more than {terms['limit']}",
    "exclusiveMaximum": lambda terms: f"less than {terms['limit']}",
    "multipleOf": lambda terms: f"a multiple of {terms['multiple_of']}",
    "minItems": lambda terms: f"at least {terms['limit']} items",
    "maxItems": lambda terms: f"at most {terms['limit']} items",
    "oneOf": lambda _: "one of several forms, and it is more than one of them",
}
