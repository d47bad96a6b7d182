"""Fields whose values are hidden by their names, in each way in which a field may be written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from harness.wire.redact.needle import Needle, Span

_TEXT = r'"(?:[^"\\]|\\.)*(?:"|\Z)'
_SCALAR = rf"(?:{_TEXT}|-?\d[\d.eE+-]*|true|false)"

# Each finds the value behind the name, at the end of a needle.
_IN_JSON = re.compile(
    r'\s*:\s*(?:"(?P<text>(?:[^"\\]|\\.)*)(?:"|\Z)'
    r"|(?P<value>-?\d[\d.eE+-]*|true|false|\[[^\[\]]*(?:\]|\Z)|\{[^{}]*(?:\}|\Z)))",
    re.DOTALL,
)
_IN_FORM = re.compile(r"(?P<text>[^&\s]*)")
_IN_PART = re.compile(r"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n(?P<text>[^\r\n]*)")
_OF_PLACE = re.compile(
    rf"(?:/(?:\d+|\*))?(?:: | is | stands )(?P<text>{_SCALAR}(?:, {_SCALAR})*)", re.DOTALL
)


def field_needles(names: Iterable[str]) -> Iterator[Needle]:
    """Yield what to search for, so that the values of fields with these names are hidden."""
    for name in names:
        # {"name": "value"}, {"name": ["value"]}
        yield Needle(f'"{name}"', partial(_behind, _IN_JSON, ""))
        # A form or an address: name=value&name=value
        yield Needle(f"{name}=", partial(_behind, _IN_FORM, "&?"))
        # A part of a form with files
        yield Needle(f'name="{name}"', partial(_behind, _IN_PART, ""))
        # Our own words about a place in a response: /data/0/name: "value" is not ...
        yield Needle(f"/{name}", partial(_behind, _OF_PLACE, ""))


def _behind(form: re.Pattern[str], after: str, text: str, start: int, end: int) -> Span | None:
    """Return where the value is; None where no value is behind, or the name goes on before."""
    if after and start and text[start - 1] not in after:
        return None
    found = form.match(text, end)
    if found is None:
        return None
    return found.span("text" if found["text"] is not None else "value")
