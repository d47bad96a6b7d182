"""The coats in which a server may repeat a secret, written by other code than the one they test."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import json
import quopri
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

Coat = Callable[[str], str]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _unpadded(text: str) -> str:
    return _base64(text).rstrip("=")


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _hex(text: str) -> str:
    return binascii.hexlify(text.encode()).decode()


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _json_escaped(text: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _utf16(text))


def _json_slashes(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/")


def _json_in_json(text: str) -> str:
    return _json(json.dumps({"in": text}))


def _url(text: str) -> str:
    return quote(text, safe="")


def _lower_escapes(text: str) -> str:
    pieces = _url(text).split("%")
    return "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


def _all_url(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _decimal(text: str) -> str:
    return "".join(f"&#{ord(sign)};" for sign in text)


def _hexadecimal(text: str) -> str:
    return "".join(f"&#x{ord(sign):X};" for sign in text)


def _quoted_printable(text: str) -> str:
    lines = quopri.encodestring(text.encode(), quotetabs=True).decode()
    half = len(text) // 2
    return lines if "=" in lines else f"{text[:half]}=\r\n{text[half:]}"


def _every_quoted(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def _utf16(text: str) -> list[int]:
    data = codecs.encode(text, "utf-16-be")
    return [data[at] << 8 | data[at + 1] for at in range(0, len(data), 2)]


COATS: Mapping[str, Coat] = {
    "plain": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "base64": _base64,
    "base64 without padding": _unpadded,
    "base64 behind one byte": lambda text: _base64(f"k{text}"),
    "base64 behind two bytes": lambda text: _base64(f"k:{text}:more"),
    "base64 of user and secret": lambda text: _base64(f"user:{text}"),
    "base64url": _base64url,
    "base64url of JSON": lambda text: _base64url(json.dumps({"key": text}, ensure_ascii=False)),
    "base64 in JSON with slashes": lambda text: _json_slashes(_base64(f"??>{text}")),
    "base64 in URL": lambda text: _url(_base64(f"u:{text}")),
    "hex": _hex,
    "hex in upper case": lambda text: _hex(text).upper(),
    "hex of user and secret": lambda text: _hex(f"user:{text}"),
    "URL": _url,
    "URL in lower case": _lower_escapes,
    "URL of every byte": _all_url,
    "URL twice": lambda text: _url(_all_url(text)),
    "form": quote_plus,
    "JSON": _json,
    "JSON of every character": _json_escaped,
    "JSON with slashes": _json_slashes,
    "JSON in JSON": _json_in_json,
    "JSON in JSON in JSON": lambda text: _json(_json_in_json(text)),
    "JSON of every character in JSON": lambda text: _json(_json_escaped(text)),
    "JSON in a form": lambda text: quote_plus(json.dumps({"in": text})),
    "HTML": html.escape,
    "HTML decimal": _decimal,
    "HTML hexadecimal": _hexadecimal,
    "HTML in JSON": lambda text: _json(html.escape(text)),
    "HTML twice": lambda text: html.escape(_decimal(text)),
    "quoted-printable": _quoted_printable,
    "quoted-printable of every byte": _every_quoted,
    "quoted-printable in JSON": lambda text: _json(_quoted_printable(text)),
}
"""How a secret is written, by the name of the coat."""
