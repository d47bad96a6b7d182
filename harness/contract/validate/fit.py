"""Whether a value surely violates a schema, whatever its doubtful parts turn out to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from harness.contract.validate.assumed import Assumed, Doubt, Path
from harness.document.messages import choice, kind
from harness.document.schema import TYPE_WORDS

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
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=False)


def sure_faults(validator: Any, assumed: Assumed) -> list[Misfit]:
    """Return where a value violates the schema in every way in which its doubts may end."""
    if validator.is_valid(assumed.value):
        return []
    errors = validator.iter_errors(assumed.value)
    return [fault for error in errors for fault in _sure(error, assumed.doubts)]


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
