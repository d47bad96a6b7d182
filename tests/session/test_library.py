"""The library as its users import it."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.auditor.judge import EXITS
from harness.model.progress import DONE, STARTED
from harness.model.verdict import Verdict
from tests.cli.running import ROOT

PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, harness.Result]:
    """Return the folder and the result of a run of a few scenarios."""
    out = tmp_path_factory.mktemp("library")
    seen: list[harness.Progress] = []
    result = harness.run(
        "qoin", engines=["scenario"], only="values", root=ROOT, out=out, on_progress=seen.append
    )
    assert [(one.phase, one.state) for one in seen if one.state in (STARTED, DONE)] == [
        (phase, state) for phase in ("qoin: scenarios", "audit") for state in (STARTED, DONE)
    ]
    assert max(one.done for one in seen) == next(one.total for one in seen if one.total)
    return out, result


def test_a_run_returns_what_it_found(ran: tuple[Path, harness.Result]) -> None:
    """The result is typed and frozen; the run left its journal and no report."""
    out, result = ran
    assert result.verdict is Verdict.PASS
    assert result.exit == 0
    (vendor,) = result.vendors
    assert vendor.partial
    assert vendor.counts.scenarios > 0
    assert {path.name for path in out.iterdir()} == {"journal"}
    with pytest.raises(FrozenInstanceError):
        setattr(result, "exit", 1)  # noqa: B010


def test_the_audit_of_the_journals_is_the_same_result(ran: tuple[Path, harness.Result]) -> None:
    """Nothing but the journal and the declarations is needed."""
    out, result = ran
    assert harness.audit(out, root=ROOT) == result
    strict = harness.audit(str(out), strict=True, root=str(ROOT))
    assert (strict.vendors[0].strict, result.vendors[0].strict) == (True, False)


def test_reports_are_written_on_request(ran: tuple[Path, harness.Result], tmp_path: Path) -> None:
    """result.json reads back as the result it was written from."""
    written = harness.write_reports(ran[1], tmp_path / "reports")
    assert harness.read_result(written["result.json"]) == ran[1]


@pytest.mark.parametrize(
    ("vendors", "options", "words"),
    [
        ("qion", {}, "did you mean 'qoin'"),
        (["qoin"], {"engines": ["propety"]}, "did you mean 'property'"),
        (["qoin"], {"profile": "fulll"}, "did you mean 'full'"),
        (["qoin"], {"only": "no-such"}, "no scenario has 'no-such'"),
        (["qoin"], {"faults": {"reset-before": 2}}, "0 to 1"),
        (["qoin"], {"defects": ["no-dedup"]}, "no defect"),
        (["qoin"], {"workload": "x"}, "no workload 'x'"),
        (["qoin"], {"target": "x"}, "no target 'x'"),
    ],
)
def test_an_unknown_name_is_a_problem(
    vendors: str | list[str], options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """It is raised before anything is sent or written."""
    with pytest.raises(harness.Problem, match=re.escape(words)):
        harness.run(vendors, root=ROOT, out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_folder_with_a_run_is_not_written_again(ran: tuple[Path, harness.Result]) -> None:
    """Two runs in one journal would be one wrong history; a folder without one has no audit."""
    with pytest.raises(harness.Problem, match="written here already"):
        harness.run("qoin", root=ROOT, out=ran[0])
    with pytest.raises(harness.Problem, match="no journal is here"):
        harness.audit(ROOT / "tests", root=ROOT)


def test_a_malformed_result_is_a_problem(tmp_path: Path) -> None:
    """A missing file, another form and another format are each told."""
    for text, words in (
        (None, "there is no such file"),
        ("[", "not a result"),
        ("{}", "lacks 'run'"),
    ):
        if text is not None:
            (tmp_path / "result.json").write_text(text, encoding="utf-8")
        with pytest.raises(harness.Problem, match=words):
            harness.read_result(tmp_path)


def test_importing_the_package_loads_no_engine() -> None:
    """A part of the package does not pay for the whole."""
    code = (
        "import sys, harness, harness.model.verdict\n"
        "loaded = {m for m in sys.modules if m.startswith('harness.')}\n"
        "assert loaded == {'harness.model', 'harness.model.verdict'}, loaded\n"
        "assert 'schemathesis' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_every_listed_name_exists_and_no_other() -> None:
    """`__all__` is sorted and true; an unknown name is an AttributeError."""
    assert list(harness.__all__) == sorted(harness.__all__)
    for name in harness.__all__:
        assert getattr(harness, name) is not None
        assert name in dir(harness)
    with pytest.raises(AttributeError, match="rum"):
        harness.rum  # noqa: B018


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is executed as it stands, in a folder with the declarations."""
    for name in ("contracts", "specs", "loadtests"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"^    (.*)$", PAGE, re.MULTILINE))
    names: dict[str, Any] = {}
    exec(compile(code, "library.md", "exec"), names)
    assert names["again"].vendors[0].counts.scenarios > 0
    assert (tmp_path / "reports" / "library" / "report.html").is_file()


def test_the_page_lists_every_option_and_exit() -> None:
    """The tables are those of the code."""
    keywords = [
        name
        for name, one in inspect.signature(harness.run).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    ]
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)[: len(keywords)] == keywords
    assert {int(code) for code in re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)} == set(EXITS)
