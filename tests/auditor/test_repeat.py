"""A finding says how it is repeated: the command of the harness, and what its curl lines need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.auditor.repeat import lines_that_repeat
from harness.model.check_id import CheckId
from harness.model.history import Attempt
from harness.model.result import FindingResult
from harness.model.run_header import RunHeader
from harness.model.verdict import Verdict
from tests.auditor.build import attempt, load_header, recorded

HEADER = RunHeader(
    vendor="acme",
    target="local",
    kind="staging",
    seed=7,
    command="harness gate acme --only 'x y' --target=local --defect d --seed 3 --out o --json",
)
READ = replace(attempt("c9", source="scenario:later"), rows=())


def finding(check: str, *attempts: str, curl: tuple[str, ...] = ()) -> FindingResult:
    """Return a finding of a check."""
    return FindingResult(
        id="f", check=CheckId.parse(check), subject="s", title="T", expected="", seen="",
        requirements=(), verdict=Verdict.FAIL, waiver=None, place="", attempts=attempts,
        curl=curl, detail=(), count=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "attempts", "command"),
    [
        (finding("scenario:race.burns#balance"), (), "check acme --only race.burns --seed 7"),
        (
            finding("invariant:one-effect", "c9", "c1"),
            (READ, attempt("c1", source="scenario:idempotency.earn")),
            "check acme --only idempotency.earn --seed 7",
        ),
        (
            finding("response:Earn", "c1"),
            (attempt("c1", source="property:Earn"),),
            "check acme --seed 7",
        ),
        (
            finding("invariant:floor", "c1"),
            (attempt("c1", source="load:earn"),),
            "load acme mix --seed 0",
        ),
        (finding("threshold:response_ms_p99"), (), "load acme mix --seed 0"),
    ],
)
def test_the_command_repeats_what_found_it(
    entry: FindingResult, attempts: tuple[Attempt, ...], command: str
) -> None:
    """A scenario alone, with the seed and what else made the run what it was."""
    run = recorded(attempts, headers=[HEADER, load_header()])
    (line,) = lines_that_repeat(entry, run, HEADER)
    assert line == f"harness {command} --target=local --defect d"


def test_a_run_by_import_names_its_target() -> None:
    """The header knows it where there is no command."""
    header = replace(HEADER, command="")
    (line,) = lines_that_repeat(finding("scenario:a"), recorded(), header)
    assert line == "harness check acme --only a --seed 7 --target local"


def test_a_stale_waiver_is_repeated_by_nothing() -> None:
    """It is a mistake of the declarations."""
    assert lines_that_repeat(finding("waiver:A-1"), recorded(), HEADER) == ()


def test_variables_are_explained_before_they_are_read() -> None:
    """Those that a curl line reads, and those that their lines read, each once."""
    header = replace(
        HEADER,
        variables={
            "KEY": "# $KEY: the secret key",
            "TOKEN": 'TOKEN=$(curl -H "k: $KEY")',
            "OTHER": "# $OTHER: not needed",
        },
    )
    entry = finding("scenario:a", curl=('curl -H "t: $TOKEN" -H "u: $UNKNOWN"', "curl $TOKEN"))
    assert lines_that_repeat(entry, recorded(), header)[1:] == (
        "# $KEY: the secret key",
        'TOKEN=$(curl -H "k: $KEY")',
    )
