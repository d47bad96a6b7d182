"""Files and folders that only their owner may read, as what a run has seen is nobody else's."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600
_OF_A_RUN = frozenset({"journal", "result.json"})
"""A folder that holds one of these is a run's."""


def private_folder(folder: Path, own: bool = False) -> None:
    """Make a folder private, and so what leads to it where that does not exist.

    One that exists becomes private if it is our `own`, empty or a run's; others may be read by
    whoever reads what else is in them.
    """
    for each in reversed((folder, *folder.parents)):
        if not each.exists():
            each.mkdir(_FOLDER, exist_ok=True)
    with suppress(PermissionError):
        names = {entry.name for entry in folder.iterdir()}
        if own or not names or names & _OF_A_RUN:
            _restrict(folder, _FOLDER)


def open_private(path: Path, flags: int) -> int:
    """Return a descriptor of a private file, which is made if need be, as `os.open` does."""
    descriptor = os.open(path, flags | os.O_CREAT, _FILE)
    _restrict(path, _FILE)
    return descriptor


def write_private(path: Path, data: str | bytes) -> None:
    """Write a private file; a text is written in UTF-8, whatever it holds."""
    content = data.encode(errors="replace") if isinstance(data, str) else data
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_TRUNC), "wb") as stream:
        stream.write(content)


def _restrict(path: Path, mode: int) -> None:
    # Not all file systems know modes, and only the owner can change one.
    with suppress(OSError):
        if path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)
