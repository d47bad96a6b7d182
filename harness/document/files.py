"""Files that are read: ordinary ones of limited size, from where a declaration may point."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from harness.document.messages import Problem, near

BYTES_MAX = 20_000_000
"""The most bytes of a declaration or specification."""

_MEGABYTE = 1_000_000
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def place_of(path: Path, line: int | None = None) -> str:
    """Return how messages name a file: relative to the working folder if it lies below it."""
    folder = Path.cwd()
    shown = path.relative_to(folder) if path.is_absolute() and path.is_relative_to(folder) else path
    return f"{shown}:{line}" if line is not None else str(shown)


def read_bytes(path: Path, most: int = BYTES_MAX) -> bytes:
    """Return the content of a file; raises `Problem` where `fault_of_file` names one."""
    message, hint = fault_of_file(path, most)
    try:
        if not message:
            with path.open("rb") as stream:
                content = stream.read(most + 1)
            if len(content) <= most:
                return content
            message = _too_large(len(content), most)  # a file may be larger than it says
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
    raise Problem(message, place_of(path), hint)


def fault_of_file(path: Path, most: int = BYTES_MAX) -> tuple[str, str]:
    """Return why a file is not read, and a hint; two empty texts where it is.

    It is missing, cannot be reached, has more than `most` bytes, or is none: opening a named pipe
    or a device could wait for ever.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, ValueError):
        return "there is no such file", _neighbour(path)
    except OSError as error:
        return f"the file cannot be read: {error.strerror}", ""
    for is_kind, kind in _KINDS:
        if is_kind(found.st_mode):
            return f"expected a file, saw {kind}", ""
    return (_too_large(found.st_size, most) if found.st_size > most else ""), ""


def is_below(path: Path, *folders: Path) -> bool:
    """Say whether a path, with its links followed, lies in one of the folders or below it."""
    try:
        real = Path(os.path.realpath(path))
    except ValueError:  # a name that no file can have
        return False
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def _too_large(size: int, most: int) -> str:
    # Rounded up, as a file of one byte too many is not as large as it may be.
    return f"the file has {-(-size // _MEGABYTE):,} MB; expected at most {most // _MEGABYTE:,} MB"


def _neighbour(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {place_of(folder)} does not exist"
    try:
        entries = sorted(entry for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return ""
    # All names of a folder end alike, so that only what stands before the suffix is compared.
    names = {entry.stem: entry.name for entry in entries}
    nearest = near(path.stem, names)
    return f"did you mean '{names[nearest]}'?" if nearest is not None else ""
