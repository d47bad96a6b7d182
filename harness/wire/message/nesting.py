"""How deep a JSON text is nested, found without decoding it, whatever it holds."""

from __future__ import annotations

import re

_LISTS = bytes.maketrans(b"{}", b"[]")
_REST = bytes(sign for sign in range(256) if sign not in b'[]{}"')
_TEXT = re.compile(rb'"[^"]*"')


def is_deeper(text: bytes, most: int) -> bool:
    """Say whether a JSON text is nested more than `most` levels deep.

    Of a text that is no JSON it may say either. Time and memory are a small multiple of the length:
    the innermost pairs of brackets are taken out again and again, and each time is one level.
    """
    if text.count(b"[") + text.count(b"{") <= most:
        return False
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _TEXT.sub(b"", text.translate(_LISTS, _REST).replace(b'""', b""))
    for _ in range(most):
        if not brackets:
            break
        length, brackets = len(brackets), brackets.replace(b"[]", b"")
        if len(brackets) == length:
            break
    return bool(brackets)
