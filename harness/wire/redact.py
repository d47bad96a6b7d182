"""Keep secrets and personal values out of everything that is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from threading import Lock
from urllib.parse import quote, quote_plus

from harness.document.template import ENCODINGS
from harness.model.binding import Binding, TokenAuth

HIDDEN = "***"
_SHORTEST_SECRET = 4
_SCALAR = r'(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false)'
# How a field and its value are written, and what is left of them.
_FORMS = (
    # JSON: {"name": "value"}, {"name": ["value"]}
    (rf'("(?:NAMES)"\s*:\s*)(?:{_SCALAR}|\[[^\[\]]*\]|\{{[^{{}}]*\}})', rf'\1"{HIDDEN}"'),
    # a form or an address: name=value&name=value
    (r"((?:^|[&?])(?:NAMES)=)[^&\s]*", rf"\1{HIDDEN}"),
    # a part of a form with files
    (r'(; name="(?:NAMES)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)[^\r\n]*', rf"\1{HIDDEN}"),
    # our own words about a place in a response: /data/0/name: "value" is not ...
    (
        rf"(/(?:NAMES)(?:/(?:\d+|\*))?(?:: | is | stands )){_SCALAR}(?:, {_SCALAR})*",
        rf"\1{HIDDEN}",
    ),
)


class Redactor:
    """Hides known secret values wherever they stand, and the values of sensitive fields by name.

    Secrets may be added while the run goes on, because tokens are learnt on the way.
    """

    def __init__(self, secrets: Iterable[str], fields: Iterable[str]) -> None:
        self._lock = Lock()
        self._secrets: set[str] = set()
        self._values: re.Pattern[str] | None = None
        names = "|".join(sorted(re.escape(field) for field in fields))
        self._fields = [
            (re.compile(form.replace("NAMES", names)), replacement)
            for form, replacement in _FORMS
            if names
        ]
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these values from now on; values shorter than four characters would hide words."""
        with self._lock:
            for value in secrets:
                if len(value) >= _SHORTEST_SECRET:
                    self._secrets |= _written(value)
            longest_first = sorted(self._secrets, key=len, reverse=True)
            if longest_first:
                self._values = re.compile("|".join(re.escape(value) for value in longest_first))

    def text(self, text: str) -> str:
        """Return the text with every secret and every sensitive field's value hidden."""
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        for form, replacement in self._fields:
            text = form.sub(replacement, text)
        return text


def redactor_of(binding: Binding, secret_values: Mapping[str, str]) -> Redactor:
    """Return the redactor of a run: its secrets, and what the binding calls sensitive."""
    # A secret travels encoded too (a digest of a password is as good as the password).
    encoded = [encode(value) for value in secret_values.values() for encode in ENCODINGS.values()]
    # Tokens travel under the names by which they are extracted, before their values are known.
    tokens = [
        source.rpartition("/")[2]
        for step in binding.auth
        if isinstance(step, TokenAuth)
        for source in step.extract.values()
        if isinstance(source, str)
    ]
    return Redactor([*secret_values.values(), *encoded], [*binding.sensitive, *tokens])


def _written(value: str) -> set[str]:
    """Return the ways in which a value may stand in a path, a form or a JSON body."""
    as_json = json.dumps(value)[1:-1]
    quoted = {quote(value, safe=""), quote(value), quote_plus(value)}
    return {value, *quoted, as_json, as_json.replace("/", "\\/")}
