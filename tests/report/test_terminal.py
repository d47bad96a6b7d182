from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.model.progress import phase_of
from harness.report.progress import ProgressDisplay
from harness.report.terminal import print_summary
from tests.report.example import example, hostile, result_of
from tests.report.golden import plain


@pytest.fixture(autouse=True)
def _outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a CI job sets, so that a terminal counts as one."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


def terminal() -> tuple[Console, io.StringIO]:
    """Return a console that takes itself for a colour terminal, and what it writes to."""
    stream = io.StringIO()
    return Console(file=stream, force_terminal=True, color_system="truecolor", width=100), stream


def test_the_verdict_comes_first() -> None:
    """The first line has the headline and the exit code."""
    first = plain(result_of(example())).splitlines()[0]
    assert first.startswith("2 vendors: 1 failed (Acme Points)")
    assert first.endswith("(exit 1: requirement violated)")


def test_terminal_gets_colour_and_the_same_words() -> None:
    """On a terminal the verdict is coloured; the words are those of the plain form."""
    console, stream = terminal()
    print_summary(result_of(example()), console)
    assert "\x1b[1;31m2 vendors: 1 failed" in stream.getvalue()
    words = Console(width=100, file=io.StringIO(), force_terminal=False)
    print_summary(result_of(example()), words)
    assert isinstance(words.file, io.StringIO)
    assert _stripped(stream.getvalue()) == words.file.getvalue()


@pytest.mark.parametrize("variable", ["CI", "NO_COLOR"])
def test_no_colour_in_ci_or_where_unwanted(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI and NO_COLOR make the summary plain even on a terminal."""
    monkeypatch.setenv(variable, "1")
    console, stream = terminal()
    print_summary(result_of(example()), console)
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_hostile_text_neither_crashes_nor_commands(encoding: str) -> None:
    """Escapes, markup, surrogates and direction marks are shown, never obeyed."""
    told = plain(result_of(hostile()), encoding)
    assert "\x1b" not in told
    assert "\x00" not in told
    assert "\u202e" not in told
    assert "\\x1b[31mred" in told
    assert "\\ud800" in told


def test_markup_of_the_console_is_not_obeyed() -> None:
    """Square brackets in a vendor's text are text."""
    result = example()
    result["headline"] = "[bold]x[/nonsense] :smile:"
    assert "[bold]x[/nonsense] :smile:" in plain(result_of(result))


def test_long_lists_of_inconclusive_requirements_are_cut() -> None:
    """More than a dozen are counted, not listed."""
    result = example()
    row = next(r for r in result["vendors"][0]["requirements"] if r["verdict"] == "inconclusive")
    result["vendors"][0]["requirements"] = [{**row, "id": f"R-{n}"} for n in range(40)]
    told = plain(result_of(result))
    assert "R-11: never checked" in told
    assert "R-12" not in told
    assert "and 28 further requirements; report.html lists them" in told


def test_progress_off_a_terminal_tells_start_and_end() -> None:
    """In a log each phase has a line when it starts and one with its counts when it ends."""
    stream = io.StringIO()
    times = iter([10.0, 12.5])
    progress = ProgressDisplay(Console(file=stream, width=200), clock=lambda: next(times))
    with phase_of("acme: scenarios", progress.show, 3) as phase:
        phase.advance()
        phase.advance(2, text="\x1b[2Jbulk")
    progress.say("written to reports/x")
    assert stream.getvalue().splitlines() == [
        "acme: scenarios ...",
        "acme: scenarios, 3 of 3 done in 2.5 s",
        "written to reports/x",
    ]


def test_progress_tells_a_phase_that_broke_off() -> None:
    """A phase that ends by an exception is told as stopped, and the exception goes on."""
    stream = io.StringIO()
    times = iter([0.0, 1.0])
    progress = ProgressDisplay(Console(file=stream), clock=lambda: next(times))

    def interrupted() -> None:
        with phase_of("load", progress.show) as phase:
            phase.advance(7)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().splitlines()[-1] == "load, 7 stopped in 1.0 s"


def test_progress_on_a_terminal_obeys_no_markup() -> None:
    """The live line shows odd text as it is."""
    console, stream = terminal()
    with phase_of("[/x] scenarios", ProgressDisplay(console).show, 2) as phase:
        phase.advance(text="[red]\ud800[/nonsense]")
    assert "[/x] scenarios" in stream.getvalue()


def _stripped(text: str) -> str:
    return "".join(
        piece.partition("m")[2] if i else piece for i, piece in enumerate(text.split("\x1b["))
    )
