"""Search texts for secrets, however they are written there; by other code than what hides them."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_plus

from ahocorasick_rs import AhoCorasick

_LINE_MIN = 16
_ESCAPE = re.compile(r"""\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])""")


def _without_json(text: str) -> str:
    return _ESCAPE.sub(lambda found: json.loads(f'"{found[0]}"'), text)


def _without_quoted_printable(text: str) -> str:
    return quopri.decodestring(text.encode(errors="replace")).decode(errors="replace")


DECODERS: tuple[Callable[[str], str], ...] = (
    _without_json,
    html.unescape,
    unquote_plus,
    _without_quoted_printable,
)
_DEPTH = 3


def pieces(secret: str) -> Iterator[str]:
    """Yield what must not be found of a secret: of the whole, or of each line, either half."""
    for line in secret.splitlines():
        if len(line) >= _LINE_MIN and "-----" not in line:
            yield line[: len(line) // 2]
            yield line[len(line) // 2 :]


def spellings(piece: str) -> Iterator[str]:
    """Yield a piece as it is, in hexadecimal, and within base64, in lower case but for that."""
    yield piece.lower()
    yield piece.encode().hex()
    for spelt in {piece, json.dumps(piece, ensure_ascii=False)[1:-1]}:
        for before in range(3):
            text = base64.b64encode(bytes(before) + spelt.encode()).decode().rstrip("=")
            core = text[4 if before else 0 : -1]
            yield core
            yield core.replace("+", "-").replace("/", "_")


class Search:
    """Finds secrets, by name, in texts and in files."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        known = {
            spelling: name
            for name, secret in secrets.items()
            for piece in pieces(secret)
            for spelling in spellings(piece)
        }
        self._names = list(known.values())
        self._search = AhoCorasick(known)

    def names_in(self, text: str) -> set[str]:
        """Return the names of the secrets in a text or in what it holds in escapes."""
        return {
            self._names[number]
            for form in _forms(text)
            for shown in (form, form.lower())
            for number, _, _ in self._search.find_matches_as_indexes(shown)
        }

    def files_with(self, folder: Path) -> dict[str, set[str]]:
        """Return the names of the secrets in each file of a folder that holds one."""
        texts = {
            str(path.relative_to(folder)): path.read_bytes().decode(errors="replace")
            for path in folder.rglob("*")
            if path.is_file()
        }
        assert texts
        found = {name: self.names_in(text) for name, text in texts.items()}
        return {name: names for name, names in found.items() if names}


def _forms(text: str) -> set[str]:
    forms = new = {text}
    for _ in range(_DEPTH):
        new = {decode(form) for form in new for decode in DECODERS} - forms
        forms = forms | new
    return {form.encode(errors="replace").decode() for form in forms}
