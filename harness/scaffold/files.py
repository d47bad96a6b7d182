"""Writing the first files of a vendor, and what they still leave open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from os.path import lexists
from pathlib import Path

from harness.document.files import place_of, read_bytes
from harness.document.messages import Problem, counted
from harness.scaffold.skeleton import FILL_IN, GUESS

EXAMPLE = Path(__file__).parent / "example.yaml"
"""The document of a vendor that has none: its own is written in its place."""

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_RESERVED = ("common",)


def write_files(vendor: str, files: Mapping[str, str], root: Path) -> tuple[Path, ...]:
    """Write the files below a root and return their paths.

    Raises `Problem`, before anything is written, for a name that no vendor may have and for files
    that are there already.
    """
    if not _NAME.fullmatch(vendor) or vendor in _RESERVED:
        message = f"'{vendor}' cannot be a vendor's name; expected a lower-case word such as acme"
        raise Problem(message)
    folders = [root / "contracts" / vendor, root / "specs" / vendor]
    # A link that leads nowhere is there too: what is written would go where it leads.
    there = [path for path in (*folders, *(root / file for file in files)) if lexists(path)]
    if there:
        message = f"{vendor} is there already, and nothing is overwritten"
        raise Problem(message, place_of(there[0]), "choose another name, or remove it first")
    written = []
    for file, text in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return tuple(written)


def left_open(root: Path, vendor: str) -> Iterator[str]:
    """Yield what the comments of a vendor's files still ask of a person: values and guesses."""
    paths = [*sorted((root / "contracts" / vendor).glob("*.yaml"))]
    paths += sorted((root / "loadtests").glob(f"{vendor}-*.yaml"))
    for mark, unit, verb in (
        (FILL_IN, "value", "fill in"),
        (GUESS, "guess", "check"),
    ):
        places = [place for path in paths for place in _places(path, mark)]
        if places:
            plural = "guesses" if unit == "guess" else ""
            left = "is" if len(places) == 1 else "are"
            yield (
                f"{counted(len(places), unit, plural)} to {verb} {left} left, the first at "
                f"{places[0]}; take the comment `{mark}` away when it is done"
            )


def _places(path: Path, mark: str) -> Iterator[str]:
    lines = read_bytes(path).decode(errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        if f"{mark}:" in line:
            yield place_of(path, number)
