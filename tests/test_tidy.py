"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "harness").rglob("*.py"))
VENDORS = sorted(path.parent.name for path in (ROOT / "contracts").glob("*/binding.yaml"))
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager"}
FILE_LINES_MAX = 350
FUNCTION_LINES_MAX = 70


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
