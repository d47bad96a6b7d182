"""Reading documents with their lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.document import syntax
from harness.document.reader import (
    Document,
    Problem,
    Problems,
    compose_json,
    compose_yaml,
    read_document,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3))
    | st.text(st.characters(codec="utf-8"), max_size=12)
)
KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
DOCUMENTS = st.lists(VALUES, min_size=1, max_size=4) | st.dictionaries(KEYS, VALUES, min_size=1)


DEEP = "the text is nested too deeply; expected at most 100 levels"
LIST = "a list or mapping in brackets"
KEPT = "a value begins with a character that YAML reserves"
QUOTE = "close the brackets, and put what holds any of { } [ ] , @ % ` in quotes"
INDENT = "check its indentation and the brackets and quotes before it"
CLOSE = "close the quotes that begin here"
ESCAPE = "use single quotes, or \\\\ for a backslash"
NO_JSON = "the text is not JSON that can be read"
DIGITS = "expected at most 400"


PATH = Path("text")
"""The name by which messages call a text."""


def quoted(value: Any) -> str:
    """Write a scalar so that any YAML reader gives it back."""
    if isinstance(value, str):
        escaped = "".join(
            c if " " <= c <= "~" and c not in '"\\' else f"\\U{ord(c):08x}" for c in value
        )
        return f'"{escaped}"'
    if isinstance(value, float):
        return f"{value:.3f}"
    return json.dumps(value)


def write(value: Any, pointer: tuple[str | int, ...], depth: int, out: list[Any]) -> None:
    """Write a value as block YAML, one key or item a line, noting the pointer of each line."""
    pad = "  " * depth
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        below = (*pointer, key)
        head = f"{pad}{quoted(key)}:" if isinstance(value, dict) else f"{pad}-"
        if isinstance(item, dict | list) and item:
            out.append((head, below))
            write(item, below, depth + 1, out)
        else:
            out.append(
                (f"{head} {quoted(item) if not isinstance(item, dict | list) else item}", below)
            )


def read(text: str) -> Any:
    """Return the value of a YAML text."""
    return compose_yaml(text, PATH).value


def problems(text: str) -> list[str]:
    """Return what is wrong with a YAML text."""
    with pytest.raises((Problem, Problems)) as raised:
        compose_yaml(text, PATH)
    assert isinstance(raised.value, Problem | Problems)
    return [str(problem) for problem in raised.value.problems]


@given(DOCUMENTS)
def test_block_yaml_gives_back_its_values_and_the_line_of_each(value: Any) -> None:
    """What is written as YAML is read as the same values, each with its own line."""
    lines: list[Any] = []
    write(value, (), 0, lines)
    composed = compose_yaml("\n".join(text for text, _ in lines), PATH)
    assert composed.value == value
    for number, (text, pointer) in enumerate(lines, 1):
        # An item that is itself a list or mapping begins where its content does.
        assert composed.lines[pointer] == number + text.endswith("-")


@given(DOCUMENTS, st.sampled_from([None, 0, 3, "\t"]))
def test_json_gives_back_its_values_with_a_line_for_every_pointer(
    value: Any, indent: int | str | None
) -> None:
    """JSON in any layout is read as the same values, and every key and item has a line."""
    text = json.dumps(value, indent=indent)
    composed = compose_json(text, PATH)
    assert composed.value == value
    assert set(composed.lines) == {(), *pointers(value)}
    if indent is not None:
        assert_lines_hold_their_keys(composed, text)


def pointers(value: Any, above: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Return the pointers of all keys and items."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = set()
    for key, item in items:
        found.add((*above, key))
        if isinstance(item, dict | list):
            found |= pointers(item, (*above, key))
    return found


def assert_lines_hold_their_keys(composed: Document, text: str) -> None:
    """Hold that the line of a key begins with that key."""
    rows = text.split("\n")
    for pointer, line in composed.lines.items():
        if pointer and isinstance(pointer[-1], str):
            assert rows[line - 1].lstrip().startswith(json.dumps(pointer[-1]))


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "n", "True", "NULL", "Null"])
def test_words_that_other_readers_take_for_booleans_stay_text(word: str) -> None:
    """Only true, false and null are not text."""
    assert read(f"{word}: {word}") == {word: word}


@pytest.mark.parametrize(
    "text",
    ["2030-01-31", "12:30:00", "0812345678", "1_000", "0x1F", "5e10", "1.", ".5", ".inf", "1.2.3"],
)
def test_what_only_looks_like_a_number_or_day_stays_text(text: str) -> None:
    """Days, times, telephone numbers and ids keep every character."""
    assert read(f"key: {text}") == {"key": text}


def test_numbers_and_words_have_their_kinds() -> None:
    """Plain digits are numbers, quoted ones text, and an empty value is null."""
    text = "{a: 12, b: +5, c: -0.5, d: 1.5e3, e: true, f: false, g: null, h: ~, i: '12'}\n"
    assert read(text) == {
        "a": 12, "b": 5, "c": -0.5, "d": 1500.0, "e": True, "f": False, "g": None, "h": None,
        "i": "12",
    }  # fmt: skip
    assert read("a:\nb: x") == {"a": None, "b": "x"}


def test_keys_are_text_whatever_they_look_like() -> None:
    """A status written without quotes is the same key as one with them."""
    assert read("200: a\ntrue: b\non: c") == {"200": "a", "true": "b", "on": "c"}
    assert problems("200: a\n'200': b") == [
        "text:2: the key '200' is a duplicate of line 1; keep one of the two"
    ]


def test_all_that_is_refused_is_told_in_one_error() -> None:
    """Duplicate keys, anchors, aliases, merges and tags are told together, in order of lines."""
    text = "a: &x 1\nb: *x\n<<: {c: 1}\nd: !!str 2\na: 3\n? [e]\n: 4\n"
    told = problems(text)
    assert [line.split(";")[0] for line in told] == [
        "text:1: the anchor '&x' is not allowed",
        "text:2: the alias '*x' is not allowed",
        "text:3: a merge key '<<' is not allowed",
        "text:4: the tag '!!str' is not allowed",
        "text:5: the key 'a' is a duplicate of line 1",
        "text:6: a list or mapping stands as a key",
    ]


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n", "\n\n"])
def test_an_empty_text_is_refused(text: str) -> None:
    """A file without a value declares nothing."""
    assert problems(text) == ["text:1: the file is empty; expected a declaration, saw nothing"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\tb: 1", "text:2: a tab stands in the indentation; indent by spaces"),
        ("a:\n  -\t- b", "text:2: a tab stands before a value; put a space in its place"),
        ("a: b: c", "text:1: a second ':' in the line; put the value in quotes"),
        ("a: 'b\nc: d", "text:1: the text ends inside quotes; close the quotes that begin here"),
        ("a: x\0", "text:1: the text holds a control character"),
        ("a: 1\n---\nb: 2", "text:2: a second document begins; expected one document a file"),
        ("[" * 5000 + "]" * 5000, f"text:1: {DEEP}"),
        ("- " * 3000, f"text:1: {DEEP}"),
        ("[\n" * 1500, f"text:101: {DEEP}"),
        ("a: 'b\n---\nc: d", f"text:1: the text ends inside quotes; {CLOSE}"),
        (
            "a: [1, 2\nb: 3",
            f"text:2: {LIST}, begun on line 1, is not continued or closed; {QUOTE}",
        ),
        ("a: {b: 1 c: 2}", f"text:1: {LIST} is not continued or closed; {QUOTE}"),
        ("[", f"text:1: {LIST} is not continued or closed; {QUOTE}"),
        ("a: [@b]", f"text:1: {KEPT}; {QUOTE}"),
        ("a: ]", f"text:1: {KEPT}; {QUOTE}"),
        ("a: & b", f"text:1: {KEPT}; {QUOTE}"),
        ("a:\n    b: 1\n  c: 2", f"text:3: the line does not fit the lines above it; {INDENT}"),
        ("a: 1\n  b: 2", f"text:2: the line does not fit the lines above it; {INDENT}"),
        ("- a\nb: 1", f"text:2: the line does not fit the list above it; {INDENT}"),
        ("a: 1\nb\nc: 2", "text:2: a key without ':'; write `key: value`"),
        ('a: "\\d+"', f"text:1: an unknown escape in double quotes; {ESCAPE}"),
        ('a: "\\xZZ"', f"text:1: an unknown escape in double quotes; {ESCAPE}"),
    ],
)
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_malformed_yaml_is_explained(
    monkeypatch: pytest.MonkeyPatch, loader: str, text: str, told: str
) -> None:
    """A mistake is told in our own words at its line, whichever parser stops at it."""
    monkeypatch.setattr(syntax, "_LOADER", getattr(yaml, loader))
    assert problems(text) == [told]


@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_a_hundred_levels_are_read_and_one_more_is_not(bracket: str) -> None:
    """The limit is that of the harness, so every parser and interpreter has the same."""
    opening, closing = ("[", "]") if bracket == "[]" else ('{"a": ', "}")
    for levels, readable in ((100, True), (101, False)):
        text = opening * levels + "1" + closing * levels
        for compose in (compose_yaml, compose_json):
            if readable:
                assert len(compose(text, PATH).lines) == levels + 1
            else:
                with pytest.raises(Problem, match=r"nested too deeply; expected at most 100"):
                    compose(text, PATH)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is either read or refused with a problem at a line of it."""
    for compose in (compose_yaml, compose_json):
        try:
            compose(text, PATH)
        except (Problem, Problems) as error:
            for problem in error.problems:
                line = int(problem.place.removeprefix("text:"))
                assert 1 <= line <= len(re.split("\n|\r\n?|\x85|\u2028|\u2029", text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "text:1: the file is empty; expected JSON, saw nothing"),
        ('{"a": 1,\n "b" 2}', "text:2: the text is not JSON: unexpected value at column 6"),
        ('{"a": [1,\n', "text:2: the text is not JSON: it ends too early"),
        (f'{{"a": {"9" * 5000}}}', f"text:1: {NO_JSON}: a number has 5000 digits; {DIGITS}"),
        ('{"a": 1,\n "a": 2}', "text:2: the key 'a' is a duplicate"),
        ('{"a": NaN}', "text:1: the text is not JSON that can be read: NaN is not a number"),
    ],
)
def test_malformed_json_is_explained(text: str, told: str) -> None:
    """JSON has the same kind of errors, with their lines."""
    with pytest.raises((Problem, Problems)) as raised:
        compose_json(text, PATH)
    assert str(raised.value) == told


def test_the_place_of_a_missing_key_is_that_of_its_parent(tmp_path: Path) -> None:
    """A pointer without a line has the line of the nearest parent that has one."""
    path = tmp_path / "x.yaml"
    path.write_text("a:\n  b:\n    - c: 1\n", "utf-8")
    document = read_document(path)
    assert document.place(("a", "b", 0, "c")) == f"{path}:3"
    assert document.place(("a", "b", 0, "d", "e")) == f"{path}:3"
    assert document.place(("a", "z")) == f"{path}:1"
    assert document.place(("z",)) == f"{path}:1"


def test_places_are_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file below the working folder is named as a person there would name it."""
    (tmp_path / "below").mkdir()
    path = tmp_path / "below" / "x.yaml"
    path.write_text("a: 1", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_document(path).place() == "below/x.yaml:1"


def test_a_missing_file_is_told_with_a_guess(tmp_path: Path) -> None:
    """A misspelt file name leads to the file beside it."""
    (tmp_path / "targets.yaml").write_text("a: 1", "utf-8")
    with pytest.raises(Problem) as raised:
        read_document(tmp_path / "target.yaml")
    assert str(raised.value) == (
        f"{tmp_path}/target.yaml: there is no such file; did you mean 'targets.yaml'?"
    )
    with pytest.raises(Problem) as raised:
        read_document(tmp_path / "requirements.yaml")
    assert str(raised.value).endswith("there is no such file"), "only the suffix is alike"
    with pytest.raises(Problem, match=r"the folder .*nowhere does not exist"):
        read_document(tmp_path / "nowhere" / "target.yaml")
    with pytest.raises(Problem, match="expected a file, saw a folder"):
        read_document(tmp_path)


def test_a_file_that_is_not_utf_8_is_told_with_the_line(tmp_path: Path) -> None:
    """Bytes of another encoding are found at their line; a byte order mark does no harm."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(Problem, match=r"x.yaml:2: the file is not UTF-8 text; save it as UTF-8"):
        read_document(path)
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_document(path).value == {"a": 1}


def test_a_file_ending_in_json_is_read_as_json(tmp_path: Path) -> None:
    """What YAML allows and JSON does not is refused there, with its line."""
    path = tmp_path / "x.json"
    path.write_text('{"a":\n [1]}', "utf-8")
    document = read_document(path)
    assert document.value == {"a": [1]}
    assert document.place(("a", 0)) == f"{path}:2"
    path.write_text("{a: 1}", "utf-8")
    with pytest.raises(Problem, match=r"x.json:1: the text is not JSON"):
        read_document(path)


def test_problems_are_sorted_by_line_and_told_once() -> None:
    """Several problems come in the order a reader would meet them."""
    found = Problems([Problem("b", "x:10"), Problem("a", "x:9", "do"), Problem("b", "x:10")])
    assert str(found) == "x:9: a; do\nx:10: b"
    assert Problem("alone").problems[0].message == "alone"
