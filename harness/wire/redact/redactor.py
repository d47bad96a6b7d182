"""Hide what must not be written down, however it is written."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import chain
from threading import Lock
from urllib.parse import quote

from ahocorasick_rs import AhoCorasick

from harness.document.template import ENCODINGS
from harness.model.binding import Binding, TokenAuth
from harness.model.target import SECRET_CHARACTERS_MIN
from harness.wire.redact.coats import COATS
from harness.wire.redact.fields import field_needles
from harness.wire.redact.layers import layers, unescaped
from harness.wire.redact.needle import HIDDEN, Needle, alone, masked

_COATED = {"base64", "text"}
"""Encodings that are coats; the others are digests."""
_LEARNT_MAX = 256
_SIGNATURES_MAX = 4096
_RUN = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{22,}={0,2}")
"""What may be a signature; the shortest is of 128 bits in base64."""
_HEX = re.compile("[0-9A-Fa-f]+")
_LINE_MIN = 8
_ARMOUR = "-----"
_ESCAPED = 10
"""An escape such as &amp;#x73; takes so many characters for one."""
_REACH_MAX = 32_768
_MARK = "..."
"""What ends a sentence that was cut before it came here."""
_BEFORE_MARK = 512
_ESCAPE_SIGNS, _ESCAPE_MAX = "\\%&=", 16

_Found = tuple[int, int, str]
"""Start and end in a text, and what is shown there."""


class Redactor:
    """Hides secrets wherever they stand and in every coat, and the values of fields by name.

    Of `personal` values, which are hidden too, the last digits are shown.

    One pass over a text finds every spelling of every secret, and every name; it is repeated on
    what the text holds in escapes, if it holds any. Secrets may be added while the run goes on,
    because tokens are learnt on the way; of those, the newest are kept. Thread-safe.
    """

    def __init__(
        self, secrets: Iterable[str], fields: Iterable[str], personal: Iterable[str] = ()
    ) -> None:
        self._lock = Lock()
        self._learnt: deque[tuple[Needle, ...]] = deque(maxlen=_LEARNT_MAX)
        self._signatures: dict[str, None] = {}
        self._fields = tuple(field_needles(sorted(fields)))
        self._known = (
            *(Needle(value, alone, masked(value)) for value in personal if _is_long(value)),
            *chain(*map(_needles, secrets)),
        )
        self._prepare()

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these values from now on; one of under four characters would hide words."""
        with self._lock:
            self._learnt.extend(map(_needles, secrets))
            self._prepare()

    def learn_signature(self, signature: str) -> None:
        """Hide a signature of one request from now on, until many others have been made.

        Each request has its own, so that it is looked up and not searched for: escaped, and in
        hexadecimal in either case, but not encoded anew.
        """
        with self._lock:
            self._signatures[_key(signature)] = None
            if len(self._signatures) > _SIGNATURES_MAX:
                del self._signatures[next(iter(self._signatures))]

    def text(self, text: str, characters: int | None = None) -> str:
        """Return the text, or its first characters, with everything hidden that must be.

        A secret that the cut goes through is hidden too.
        """
        search, needles, reach = self._search
        head = text if characters is None else text[: characters + reach]
        found: list[_Found] = []
        for layer in layers(head):
            for number, start, end in _matches(search, layer.text):
                needle = needles[number]
                if (span := needle.span(layer.text, start, end)) is not None:
                    found.append((*layer.origin(span), needle.shown))
            for run in _RUN.finditer(layer.text) if self._signatures else ():
                if _key(run[0]) in self._signatures:
                    found.append((*layer.origin(run.span()), HIDDEN))
        if characters is None and _MARK in text:
            found += self._cut_off(text)
        kept = head if characters is None else head[:characters]
        return _with_hidden(head, kept, found) if found else kept

    def _cut_off(self, text: str) -> Iterator[_Found]:
        """Yield what is left of secrets where a sentence was cut, which a mark then says."""
        beginnings, needles = self._beginnings
        for mark in re.finditer(re.escape(_MARK), text):
            first = max(0, mark.start() - _BEFORE_MARK)
            head = text[first : mark.start()]
            # The cut may go through an escape as well, which begins shortly before it.
            last = max(0, len(head) - _ESCAPE_MAX)
            signs = (at for at in range(last, len(head)) if head[at] in _ESCAPE_SIGNS)
            for end in (len(head), *signs):
                for layer in layers(head[:end]):
                    for number, start, _ in _matches(beginnings, layer.text):
                        rest = layer.text[start:]
                        if any(needle.startswith(rest) for needle in needles[number]):
                            start, _ = layer.origin((start, len(layer.text)))
                            yield first + start, mark.start(), HIDDEN

    def _prepare(self) -> None:
        values = {one.text: one for one in (*self._known, *chain(*self._learnt))}
        needles = [*values.values(), *self._fields]
        longest = max((len(needle.text) for needle in needles), default=0)
        search = AhoCorasick([needle.text for needle in needles])
        self._search = search, needles, min(longest * _ESCAPED, _REACH_MAX)
        starts: dict[str, list[str]] = {}
        for text in values:
            starts.setdefault(text[:SECRET_CHARACTERS_MIN], []).append(text)
        self._beginnings = AhoCorasick(starts), list(starts.values())


def redactor_of(
    binding: Binding, secrets: Collection[str], personal: Iterable[str] = ()
) -> Redactor:
    """Return the redactor of a run: its secrets, and what the binding calls sensitive."""
    # A digest of a password is as good as the password.
    digests = [ENCODINGS[name] for name in ENCODINGS.keys() - _COATED]
    encoded = [digest(value) for value in secrets for digest in digests]
    # Tokens travel under the names by which they are extracted, before their values are known.
    tokens = [
        source.rpartition("/")[2]
        for step in binding.auth
        if isinstance(step, TokenAuth)
        for source in step.extract.values()
        if isinstance(source, str)
    ]
    return Redactor([*secrets, *encoded], {*binding.sensitive, *tokens}, personal)


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    unescaped,
    partial(quote, safe=""),
    lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
)


def _key(signature: str) -> str:
    bare = signature.rstrip("=")
    return bare.lower() if _HEX.fullmatch(bare) else bare


def _needles(secret: str) -> tuple[Needle, ...]:
    """Return what to search for of a secret; of a key in lines each line is one."""
    lines = secret.replace("\\n", "\n").splitlines() if _ARMOUR in secret else [secret]
    if len(lines) > 1:
        lines = [line for line in lines if len(line) >= _LINE_MIN and _ARMOUR not in line]
    values = list(filter(_is_long, lines))
    # A secret may look like an escape itself, and may be escaped before it is given a coat.
    spelt = dict.fromkeys(spelling(one) for one in values for spelling in _SPELLINGS)
    return tuple(
        needle
        for value in filter(_is_long, spelt)
        for coat in COATS.values()
        for needle in coat(value)
    )


def _is_long(value: str) -> bool:
    return len(value) >= SECRET_CHARACTERS_MIN


def _matches(search: AhoCorasick, text: str) -> list[tuple[int, int, int]]:
    try:
        return search.find_matches_as_indexes(text, overlapping=True)
    except UnicodeEncodeError:
        # Bytes that are no text stand as halves of characters, which cannot be searched.
        same_length = text.encode(errors="replace").decode()
        return search.find_matches_as_indexes(same_length, overlapping=True)


_NAME_BEFORE = re.compile(r'(?<!\\)"\s*:\s*\Z')
_VALUE_ENDS = re.compile(r"\s*(?:[,}\]]|\Z)")


def _with_hidden(whole: str, kept: str, found: list[_Found]) -> str:
    """Return the kept part of a text with the spans replaced, one for those that overlap."""
    pieces: list[str] = []
    at = 0
    for start, end, shown in _merged(found):
        if start >= len(kept) < len(whole):
            break
        pieces.append(whole[at:start])
        pieces.append(f'"{shown}"' if _is_bare(whole, start, end) else shown)
        at = end
    return "".join((*pieces, kept[at:]))


def _merged(found: list[_Found]) -> list[_Found]:
    merged: list[_Found] = []
    for start, end, shown in sorted(found):
        if merged and start < merged[-1][1]:
            first, last, other = merged[-1]
            # The name and the value of one field agree on a span; then its last digits are shown.
            same = (start, end) == (first, last)
            merged[-1] = (first, max(last, end), max(shown, other) if same else HIDDEN)
        elif not merged or (start, end) != merged[-1][:2]:
            merged.append((start, end, shown))
    return merged


def _is_bare(text: str, start: int, end: int) -> bool:
    """Say whether a span is a whole value of JSON without quotes, which a text must replace."""
    return (
        text[start : start + 1] not in ("", '"')
        and _VALUE_ENDS.match(text, end) is not None
        and _NAME_BEFORE.search(text[max(0, start - 8) : start]) is not None
    )
