"""Declarations read from files: plain values, with the line of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.document.composer import Pointer, compose_json, compose_yaml
from harness.document.messages import Problem, Problems, guess, refuse, unknown_name

__all__ = ["Document", "Problem", "Problems", "place_of", "read_document", "refuse"]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content as dicts, lists, texts, numbers, booleans and None, with its lines.

    `lines` maps a pointer (a tuple of keys and indexes) to the line of that key or item.
    """

    value: Any
    path: Path
    lines: Mapping[Pointer, int] = field(repr=False)

    def place(self, pointer: Pointer = ()) -> str:
        """Return `file:line` of the key or item, or of its nearest parent that has a line."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return place_of(self.path, self.lines.get(pointer, 1))

    def problem(self, message: str, pointer: Pointer = (), hint: str = "") -> Problem:
        """Return a problem with the place of a key or item."""
        return Problem(message, self.place(pointer), hint)

    def unknown(
        self, message: str, pointer: Pointer, name: object, known: Iterable[str]
    ) -> Problem:
        """Return the problem of an unknown name (`unknown_name`) at a key or item."""
        return unknown_name(message, self.place(pointer), name, known)


def read_document(path: Path) -> Document:
    """Return the YAML or, for `.json`, JSON document in a file.

    Raises `Problem` for a file that is missing, unreadable, empty or malformed, and `Problems` for
    duplicate keys, anchors, merges and tags.
    """
    text = _text(path)
    compose = compose_json if path.suffix == ".json" else compose_yaml
    composed = compose(text, lambda line: place_of(path, line))
    return Document(composed.value, path, composed.lines)


def place_of(path: Path, line: int | None = None) -> str:
    """Return how messages name a file: relative to the working folder if it lies below it."""
    folder = Path.cwd()
    shown = path.relative_to(folder) if path.is_absolute() and path.is_relative_to(folder) else path
    return f"{shown}:{line}" if line is not None else str(shown)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise Problem("there is no such file", place_of(path), _neighbour(path)) from None
    except IsADirectoryError:
        raise Problem("expected a file, saw a folder", place_of(path)) from None
    except OSError as error:
        raise Problem(f"the file cannot be read: {error.strerror}", place_of(path)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = "the file is not UTF-8 text"
        raise Problem(message, place_of(path, line), "save it as UTF-8") from None


def _neighbour(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {place_of(folder)} does not exist"
    return guess(path.name, (entry.name for entry in folder.iterdir() if entry.is_file()))
