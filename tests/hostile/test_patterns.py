"""No regular expression, of a declaration or a specification, keeps an engine busy for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check.extraction import extracted
from harness.check.outcome import Classifier
from harness.document import automaton, backtracking
from harness.document.backtracking import STEPS_MAX, fault_of_pattern, steps_of
from harness.document.pointer import MISSING
from harness.engine.property.generate import generate_cases
from harness.model.binding import OutcomeRule
from harness.model.exchange import Response
from harness.model.verdict import Outcome
from harness.scaffold.source import read_source
from harness.spec.openapi import read_specification
from tests.hostile.tree import BINDING, SPECIFICATION, Tree

ENDLESS = (
    r"(a+)+$",
    r"(a*)*b",
    r"^(a|aa)+$",
    r"^(a|a)*$",
    r"(\w+\s?)+",
    r"^(a{2}|a{3})+$",
    r"^(ab{2}|abb)+$",
    r"^(?=(a+)+$)a",
    r"^(?!(a|aa)+$)",
    r"^(?<year>a+)+$",
    r"^(\p{L}+)+$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(b|ba|aa|aaaa)+",
    r"^([\da-z\.-]+)\.([a-z\.]{2,6})([\/\w \.-]*)*\/?$",
)
"""A repeat of each can read one text in two ways, so that the ways double with each character."""

LONG = (
    r"^.*.*.*.*.*.*x$",
    "(a|a)" * 40 + "b",
    r"((a?)?)" * 30 + "b",
    r"(a?){30}a{30}",
    r"(.)*\1*\1*\1*x",
)
"""The ways of these are a large number for a text of a hundred characters."""

HONEST = (
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
    r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    r"^[\w.%+-]+@[\w.-]+\.[a-zA-Z]{2,}$",
    r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[^\w\s]).{8,64}$",
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$",
    r"^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$",
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$",
    r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
    r"(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$",
    r"^\s*\S+\s+\S+\s*$",
    r"^.*\S.*$",
    r".*\S.*",
    r"^(?!.*(.)\1{3}).*$",
    r"^[\p{L}\p{M}' -]+$",
    r"^[\u0e01-\u0e5b]+( [\u0e01-\u0e5b]+)*$",
    r"^\+?[1-9]\d{1,14}$",
    r"^(AED|AFN|ALL|AMD|ANG|AOA|ARS)(,(AED|AFN|ALL|AMD|ANG|AOA|ARS))*$",
    r"^[0-9a-f]{128}(,[0-9a-f]{128})*$",
    r"^[\s\S]{0,4000}$",
    r"(?i)^(yes|no)$",
    r"^$|^\d+$",
)
"""What specifications have."""


@pytest.mark.parametrize("pattern", ENDLESS)
def test_an_expression_that_doubles_its_ways_is_refused(pattern: str) -> None:
    """Whether it is found in a search or in a match of the whole text."""
    assert steps_of(pattern, 100) is None
    assert fault_of_pattern(pattern)[0].startswith("a repeat in it can read one text in very many")


@pytest.mark.parametrize("pattern", LONG)
def test_an_expression_with_very_many_ways_is_refused(pattern: str) -> None:
    """It is told how many steps it may take."""
    steps = steps_of(pattern, 100)
    assert steps is not None
    assert steps > STEPS_MAX
    why, _ = fault_of_pattern(pattern)
    assert re.match(r"it may take (more than )?[\d,]+ steps on a text of", why)


@pytest.mark.parametrize("pattern", HONEST)
def test_an_honest_expression_is_valid(pattern: str) -> None:
    """Also for the longest texts that its field may usually have."""
    assert fault_of_pattern(pattern) == ("", "")
    assert fault_of_pattern(pattern, 253) == ("", "")


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("a{9000}", "no text of up to 8,192 characters matches it"),
        ("(a{1000}){1000}", "no text of up to 8,192 characters matches it"),
        ("x" * 20_001, "it has more than 20,000 characters"),
        ("x" * 5_001, "it stands for more than 5,000 characters"),
        ("(" * 400 + "a" + ")*" * 400, "it is nested too deeply"),
        ("a?" * 2000, "its parts may follow each other in too many ways"),
        ("(a?){300}", "it repeats very often what may be empty"),
        ("(", "it is none of Python's"),
    ],
)
def test_an_expression_that_is_too_large_to_tell_is_refused(pattern: str, says: str) -> None:
    """The search for its ways is itself limited, so that it ends."""
    assert says in fault_of_pattern(pattern)[0]


def test_the_search_for_ways_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts the positions, the pairs of them, and the alternatives that it compares."""
    for module, name, most, pattern in (
        (automaton, "EDGES_MAX", 2, "^[ab]c[de]f$"),
        (backtracking, "_PAIRS_MAX", 1, "^(ab[cx]|b[ax]d|[ab]be)+$"),
        (backtracking, "_ALIKE_MAX", 2, "^(aa|bb|cc)$"),
    ):
        fault_of_pattern.cache_clear()
        assert fault_of_pattern(pattern) == ("", "")
        monkeypatch.setattr(module, name, most)
        fault_of_pattern.cache_clear()
        assert "how long it takes cannot be told" in fault_of_pattern(pattern)[0]
        monkeypatch.undo()


def exhaustive(pattern: str, text: str) -> int:
    """Return the steps of a plain backtracking search that finds no match."""
    parts: list[object] = list(automaton._parser.parse(pattern))
    steps = 0

    def one(part: object, at: int, rest: Callable[[int], bool]) -> bool:
        nonlocal steps
        steps += 1
        name, argument = str(part[0]), part[1]  # type: ignore[index]
        if name == "LITERAL":
            return at < len(text) and ord(text[at]) == argument and rest(at + 1)
        if name == "SUBPATTERN":
            return many(list(argument[3]), at, rest)
        if name == "BRANCH":
            return any(many(list(branch), at, rest) for branch in argument[1])
        if name == "IN":
            codes = {value for _, value in argument}
            return at < len(text) and ord(text[at]) in codes and rest(at + 1)
        least, _, inner = argument

        def again(count: int, here: int) -> bool:
            def after(now: int) -> bool:
                return now > here and again(count + 1, now)

            more = many(list(inner), here, after)
            return more or (count >= least and rest(here))

        return again(0, at)

    def many(sequence: list[object], at: int, rest: Callable[[int], bool]) -> bool:
        if not sequence:
            return rest(at)
        return one(sequence[0], at, lambda now: many(sequence[1:], now, rest))

    for start in range(len(text) + 1):
        many(parts, start, lambda now: False)
    return steps


ATOMS = st.sampled_from(["a", "b", "ab", "[ab]"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+"])).map(lambda two: f"({two[0]}){two[1]}"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, inner).map("".join),
    ),
    max_leaves=5,
)


@given(EXPRESSIONS, st.text("ab", max_size=9))
def test_the_steps_are_never_more_than_told(pattern: str, text: str) -> None:
    """A search that tries everything takes no more, but for a few steps at each character."""
    told = steps_of(f"{pattern}c", len(text))
    if told is not None:
        size = 8 * (len(pattern) + 1)
        assert exhaustive(pattern, text) <= size * (told + len(text) + 1)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(a|aa)+$", r"^.*.*.*.*.*.*x$", "("])
def test_a_specification_with_such_a_pattern_is_refused(tree: Tree, pattern: str) -> None:
    """It is told where the pattern stands, and how to write another."""
    tree.schemas(Key={"type": "string", "pattern": pattern})
    said = tree.refused()
    assert f"{SPECIFICATION}:257: the pattern cannot be used: " in said
    tree.schemas(Key={"type": "object", "patternProperties": {pattern: {"type": "string"}}})
    assert f"{SPECIFICATION}:258: the pattern cannot be used: " in tree.refused()


def test_the_length_of_texts_counts(tree: Tree) -> None:
    """A pattern may be fit for short texts and not for long ones."""
    pattern = r"^[a-z]+[a-z]+[a-z]+x$"
    tree.schemas(Key={"type": "string", "pattern": pattern})
    tree.valid()
    tree.schemas(Key={"type": "string", "pattern": pattern, "maxLength": 4000})
    assert "steps on a text of 4,000 characters" in tree.refused()


def test_a_pattern_of_a_published_document_is_left_out_and_told(tree: Tree) -> None:
    """`harness new` writes the files all the same, with a question."""
    tree.schemas(
        Key={"type": "string", "pattern": "(a+)+$"},
        Event={"type": "object", "patternProperties": {"(b+)+$": {}, "^c$": {}}},
    )
    source = read_source(tree.root / SPECIFICATION)
    schemas = source.document["components"]["schemas"]
    assert "pattern" not in schemas["Key"]
    assert list(schemas["Event"]["patternProperties"]) == ["^c$"]
    (told,) = source.mended
    assert told.startswith("2 patterns that no engine reads or that could keep one for ever, left")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$", "minLength": 60},
        {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d).{8,64}$"},
        {"type": "string", "pattern": r"^[\p{L}]+$"},
    ],
)
def test_requests_are_generated_for_the_patterns_that_are_left(
    tree: Tree, schema: dict[str, object]
) -> None:
    """The engine that generates them is Python's."""
    tree.schemas(Key=schema)
    specification = read_specification(tree.root / SPECIFICATION)
    assert generate_cases(specification, ["CreateLoyaltyAccount"], 1, {})["CreateLoyaltyAccount"]


@pytest.mark.parametrize("pattern", ["(", r"(?=a)b", r"(a)\1", r"(?>a)", "(a{1000}){1000}"])
def test_an_expression_of_a_binding_is_one_of_linear_time(tree: Tree, pattern: str) -> None:
    """What only an engine that tries can find is refused, with what to write instead."""
    rule = "{body: /errors/0/code, equals: INSUFFICIENT_POINTS}"
    tree.edit(BINDING, rule, f"{{body: /errors/0/code, matches: {json.dumps(pattern)}}}")
    said = tree.refused()
    assert f"{BINDING}:17: outcomes[3].when.matches is no regular expression of RE2; " in said
    assert ("without look-around" in said) == (pattern not in ("(", "(a{1000}){1000}"))


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|aa)+$", "(a*)*b", "([^/]+)/?$"])
def test_a_text_of_a_server_is_searched_in_linear_time(pattern: str) -> None:
    """A text that a backtracking engine would need years for is searched in one pass."""
    text = "a" * 1_000_000 + "!"
    rules = [OutcomeRule({"body": "", "matches": pattern}, Outcome.OK, None)]
    outcome, _ = Classifier(rules).classify(Response(200, {}, b""), None, text)
    assert outcome is (Outcome.OK if pattern.startswith("([^") else Outcome.UNKNOWN)
    response = Response(200, {"location": text[-16_000:]}, b"")
    found = extracted({"header": "Location", "matches": pattern}, response, None)
    assert found == (text[-16_000:] if pattern.startswith("([^") else MISSING)


def test_no_dialect_is_asked_for(tree: Tree) -> None:
    """A schema may name any address as its dialect, which is left alone."""
    for address in ("http://127.0.0.1:9/dialect", "file:///etc/hostname"):
        tree.schemas(Key={"type": "string", "$schema": address})
        tree.valid()
        tree.schemas(Key={"$dynamicRef": address})
        assert "$dynamicRef is not followed; refer with $ref" in tree.refused()
