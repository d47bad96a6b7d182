"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.wording import WORDS, Word

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "harness").rglob("*.py"))
VENDORS = sorted(path.parent.name for path in (ROOT / "contracts").glob("*/binding.yaml"))
EXPLAINED = {
    "harness/auditor/__init__.py",
    "harness/invariant/__init__.py",
    "harness/invariant/history/effects.py",
    "harness/invariant/search/linearize.py",
}
"""Modules whose docstring goes on after its first sentence, to explain a method."""
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager"}
FILE_LINES_MAX = 350
FUNCTION_LINES_MAX = 70
CLASS_LINES_MAX = 150
FOLDER_MODULES_MAX = 14
CODE = sorted(
    path for name in ("harness", "tests", "bench") for path in (ROOT / name).rglob("*.py")
)
TEXTS = (
    *("harness", "tests", "contracts", "specs", "loadtests", "docs", "bench", "noxfile.py"),
    *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"),
)


def identify(path: Path) -> str:
    """Return the path as a test id."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_a_module_is_short_and_says_in_one_sentence_what_it_is(path: Path) -> None:
    """A module has at most 350 lines, a one-sentence docstring and a telling name."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES_MAX
    assert path.stem not in BANNED_NAMES
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "the module has no docstring"
    assert docstring.rstrip().endswith(".")
    if identify(path) not in EXPLAINED:
        assert "\n\n" not in docstring, "one sentence, then the code"


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_functions_fit_on_a_screen(path: Path) -> None:
    """No function is longer than 70 lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"


def test_the_engine_names_no_vendor() -> None:
    """Vendors are facts in files; only the mocks are code about one vendor."""
    assert VENDORS
    names = re.compile(rf"\b({'|'.join(VENDORS)})\b", re.IGNORECASE)
    guilty = [
        identify(path)
        for path in SOURCES
        if "mock/vendors" not in path.as_posix() and names.search(path.read_text(encoding="utf-8"))
    ]
    assert not guilty


def test_only_the_child_of_a_load_run_imports_locust_or_gevent() -> None:
    """Locust patches sockets on import, so only the load modules of the child may do it."""
    guilty = [
        identify(path)
        for path in SOURCES
        if not any(place in path.as_posix() for place in ("engine/load", "wire/fast"))
        and re.search(r"^\s*(import|from) (locust|gevent)", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert not guilty


def test_the_layers_hold() -> None:
    """Every import goes down the layers, and no module stands outside them."""
    found = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-2000:]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.instead)
def test_one_word_is_used_for_one_thing(word: Word) -> None:
    """No text or name of a file uses a banned word where it is not allowed."""
    banned = re.compile(word.pattern, re.IGNORECASE)
    spared = (*word.allowed, "tests/wording.py")
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in texts().items()
        if not name.startswith(spared)
        for number, line in enumerate((name, *text.splitlines()))
        if banned.search(line.replace("_", " "))
    ]
    assert not found, f"say {word.instead}"


@cache
def texts() -> dict[str, str]:
    """Return the text of every text file of the project, by its path."""
    suffixes = {".py", ".md", ".yaml", ".json", ".html", ".css", ".js", ".xml", ".csv", ".txt"}
    paths = [path for name in TEXTS for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in paths
        if path.is_file() and path.suffix in suffixes
    }


def test_files_are_short() -> None:
    """No file of code has more than 350 lines, tests included."""
    found = {
        identify(path)
        for path in CODE
        if len(path.read_text(encoding="utf-8").splitlines()) > FILE_LINES_MAX
    }
    assert not found


def test_classes_are_short() -> None:
    """No class has more than 150 lines, tests included."""
    found = {
        f"{identify(path)}:{node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and (node.end_lineno or node.lineno) - node.lineno >= CLASS_LINES_MAX
    }
    assert not found


def test_folders_hold_few_modules() -> None:
    """A folder of the package has at most 14 modules; the mocks of vendors are as they are."""
    held: dict[Path, int] = defaultdict(int)
    for path in SOURCES:
        held[path.parent] += path.name != "__init__.py"
    found = {
        identify(folder)
        for folder, count in held.items()
        if count > FOLDER_MODULES_MAX and "mock/vendors" not in folder.as_posix()
    }
    assert not found


def test_a_public_name_is_defined_once() -> None:
    """A class or function has one meaning in the package; the mocks are apart."""
    where: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        if "mock" in path.parts:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                where[node.name].append(identify(path))
    assert not {name: paths for name, paths in where.items() if len(paths) > 1 and name[0] != "_"}


def test_what_is_imported_is_declared() -> None:
    """A dependency that only comes with another one may go with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_plain(re.split(r"[^\w.-]", line)[0]) for line in project["dependencies"]}
    roots = {
        name.partition(".")[0]
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
    } - sys.stdlib_module_names
    known = packages_distributions()
    imported = {_plain(known[root][0]) for root in roots - {"harness"}}
    # The one that is declared and not imported: CONTRIBUTING.md says why.
    assert imported == declared - {"pytest"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
