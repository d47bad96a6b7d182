"""Characters that no reader sees as they are, such as control characters, written as escapes."""

from __future__ import annotations

import re

# Control, format (bidirectional controls among them), surrogate, private and non-characters, and
# separators of lines: they can rewrite a line of a terminal, hide text or break XML. A line break
# and a tab are none. In Unicode's categories: Cc, Cf, Cs, Co, Zl, Zp, and the non-characters of Cn.
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\uf8ff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000f0000-\U0010ffff"
    "]"
)


def visible(text: object) -> str:
    """Return the text with every invisible character written as an escape such as `\\x1b`."""
    string = str(text)
    if string.isascii() and string.isprintable():
        return string
    return _INVISIBLE.sub(_escape, string)


def visible_json(text: str) -> str:
    """Return JSON text with every invisible character as JSON's own escape; it means the same."""
    return _INVISIBLE.sub(_json_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
