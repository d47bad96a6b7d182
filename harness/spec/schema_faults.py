"""What keeps a part of a specification from being a schema that can be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from harness.document.backtracking import LENGTH_MIN, fault_of_pattern
from harness.document.messages import choice, dotted, guess, kind, shown
from harness.document.reader import Document, Pointer, Problem
from harness.spec.provenance import BY_NAME, CONTRARY, IN_LISTS, SINGLE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ONE = SINGLE | CONTRARY
WORDS = (
    _ONE
    | BY_NAME
    | IN_LISTS
    | _words(
        "$ref $id $schema $anchor $dynamicRef $dynamicAnchor $comment type enum const multipleOf "
        "maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems "
        "minItems uniqueItems maxContains minContains maxProperties minProperties required "
        "dependentRequired title description default deprecated readOnly writeOnly examples format "
        "contentEncoding contentMediaType discriminator xml externalDocs example"
    )
)


def faults_of_schema(document: Document, node: Any, pointer: Pointer) -> Iterator[Problem]:
    """Yield what keeps the node at the pointer from being a JSON Schema of draft 2020-12.

    An unknown keyword is a mistake, since a misspelt one checks nothing.
    """
    found = list(_faults_below(document, node, pointer))
    yield from found
    if not found and isinstance(node, dict):
        # The dialect that it names is not asked for: it may be any address.
        plain = {key: item for key, item in node.items() if key != "$schema"}
        try:
            jsonschema_rs.meta.validate(plain)
        except (jsonschema_rs.ValidationError, ValueError) as error:
            below = (*pointer, *getattr(error, "instance_path", ()))
            message, hint = _malformed(error)
            yield document.problem(f"the schema is malformed: {message}", below, hint)


def fault_of_expression(pattern: str, schema: Mapping[str, Any]) -> tuple[str, str]:
    """Return why the pattern of a schema cannot be used, and a hint; empty where it can."""
    if not _is_expression(pattern):
        return "it is no regular expression", ""
    lengths = [schema.get("minLength"), schema.get("maxLength")]
    longest = max((one for one in lengths if isinstance(one, int)), default=LENGTH_MIN)
    return fault_of_pattern(pattern, longest)


@lru_cache(maxsize=4096)
def _is_expression(pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True)
    except ValueError:
        return False
    return True


def _malformed(error: Any) -> tuple[str, str]:
    """Return what is wrong with a schema, and what was meant where a word is one of a choice."""
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        form = getattr(one, "kind", None)
        if form is not None and form.name == "enum" and isinstance(one.instance, str):
            options = [str(option) for option in form.as_dict()["options"]]
            return f"expected {choice(options)}, saw {shown(one.instance)}", guess(
                one.instance, options
            )
        waiting += [inner for branch in getattr(form, "context", ()) for inner in branch]
    return getattr(error, "message", str(error)), ""


def _faults_below(document: Document, node: Any, pointer: Pointer) -> Iterator[Problem]:
    if isinstance(node, bool):
        return
    if not isinstance(node, dict):
        message = f"{dotted(pointer[-2:])}: expected a schema, saw {kind(node)}"
        yield document.problem(message, pointer)
        return
    for key, item in node.items():
        below = (*pointer, key)
        if key not in WORDS and not key.startswith("x-"):
            message = f"unknown key '{key}' in a schema"
            yield document.problem(message, below, guess(key, WORDS))
        elif key == "$dynamicRef":
            yield document.problem("$dynamicRef is not followed", below, "refer with $ref")
        elif key == "pattern" and isinstance(item, str):
            yield from _fault_of_pattern(document, item, node, below)
        elif key in _ONE:
            yield from _faults_below(document, item, below)
        elif key in BY_NAME and isinstance(item, dict):
            for name, inner in item.items():
                if key == "patternProperties":
                    yield from _fault_of_pattern(document, name, {}, (*below, name))
                yield from _faults_below(document, inner, (*below, name))
        elif key in IN_LISTS and isinstance(item, list):
            for index, inner in enumerate(item):
                yield from _faults_below(document, inner, (*below, index))


def _fault_of_pattern(
    document: Document, pattern: str, schema: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    why, hint = fault_of_expression(pattern, schema)
    if why:
        yield document.problem(f"the pattern cannot be used: {why}", pointer, hint)
