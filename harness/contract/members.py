"""Members of a target from a CSV file, no text of which is ever shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from harness.document.files import fault_of_file, is_below, place_of, read_bytes
from harness.document.reader import Problem
from harness.model.target import Member

BYTES_MAX = 100_000_000
"""The most bytes of a members file."""

Members = tuple[tuple[Member, ...], tuple[str, ...]]
"""Members, and the place of each."""

_ID = "id"
_NO_CSV = "the file is not CSV in UTF-8"
_HINT = "begin the file with a line such as id,card, and give each member a line"


def read_members(named: str, beside: Path, place: str) -> Members:
    """Return the members of a CSV file; fields that are empty are left out.

    `named` is how the targets file `beside` it names the file, at `place`: it lies in the folder of
    that file or below, with links followed. Raises `Problem`, with nothing of the file but the line
    and the column of what is wrong.
    """
    path = beside.parent / named
    _refuse_elsewhere(path, beside, place)
    columns, rows = _rows(path)
    file = place_of(path)
    at = _column_of_ids(columns, f"{file}:1")
    if not rows:
        raise Problem("the file has no members; expected a row for each", f"{file}:1")
    for line, row in rows:
        if len(row) != len(columns):
            raise Problem("the row has not as many fields as the header", f"{file}:{line}")
        if not row[at]:
            message = "a member has no id; expected a value in the column id"
            raise Problem(message, f"{file}:{line}")
    refuse_repeats((row[at], f"{file}:{line}") for line, row in rows)
    pairs = (zip(columns, row, strict=True) for _, row in rows)
    members = tuple({name: text for name, text in one if text} for one in pairs)
    return members, tuple(f"{file}:{line}" for line, _ in rows)


def refuse_repeats(members: Iterable[tuple[str, str]]) -> None:
    """Raise `Problem` for an id that two members have; each comes with its place."""
    seen: dict[str, str] = {}
    for account, place in members:
        if account in seen:
            raise Problem(f"a member is repeated; its first use is at {seen[account]}", place)
        seen[account] = place


def _refuse_elsewhere(path: Path, beside: Path, place: str) -> None:
    if not is_below(path, beside.parent, beside.resolve().parent):
        message = "members_file leads out of the folder of this file"
        raise Problem(message, place, "put it beside this file, or below")
    why, hint = fault_of_file(path, BYTES_MAX)
    if why:
        raise Problem(f"members_file {place_of(path)}: {why}", place, hint)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the columns of a CSV file, and its other rows with their lines, without empty ones."""
    try:
        text = read_bytes(path, BYTES_MAX).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Problem(_NO_CSV, place_of(path, line), "save it as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error:
        raise Problem(_NO_CSV, place_of(path, reader.line_num)) from None
    return (rows[0][1], rows[1:]) if rows else ([], [])


def _column_of_ids(columns: list[str], place: str) -> int:
    """Return the index of the column id; raises `Problem` for columns that are none of members."""
    if not columns:
        raise Problem("the file is empty; expected columns, among them id", place, _HINT)
    numbers: dict[str, int] = {}
    for number, column in enumerate(columns, 1):
        if numbers.setdefault(column, number) != number:
            raise Problem(f"the columns {numbers[column]} and {number} have one name", place)
    if _ID not in numbers:
        raise Problem("the first line names no column id; expected CSV of members", place, _HINT)
    return numbers[_ID] - 1
