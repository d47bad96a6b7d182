"""The journal's line of a request about to leave, as a byte template."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.exchange import Intent, Request
from harness.wire.fast.byte_template import (
    ByteTemplate,
    Encode,
    as_json,
    as_text,
    byte_template,
    quoted,
)
from harness.wire.fast.request_template import NoTemplate, body_encoding, target_pieces
from harness.wire.journal.lines import BODY_CHARACTERS_MAX, Redact, body_text, invoke_line

_ID, _DUE, _SENT = "zqjournalidqz", 73_200_000_019, 73_300_000_021
_STAMPS: Mapping[bytes, str] = {
    _ID.encode(): "id",
    str(_DUE).encode(): "due_ns",
    str(_SENT).encode(): "sent_ns",
}


def line_template(
    source: str,
    intent: Intent,
    request: Request,
    media_type: str,
    names: Mapping[bytes, str],
    redact: Redact,
) -> ByteTemplate:
    """Return the template of `invoke_line` for a request and an intent of placeholders.

    Its further values are `id`, `due_ns` and `sent_ns`. Raises NoTemplate, also where the journal
    cuts the body.
    """
    line = invoke_line(_ID, source, intent, request, _DUE, _SENT, redact)
    text = body_text(request.body, redact)
    path, body = as_json(redact(request.path)), as_json(text)
    opening = b'"request":["%b","' % request.method.encode()
    target_and_body = b'%b","%b"]' % (path, body)
    before, _, rest = line.partition(opening)
    if len(text) > BODY_CHARACTERS_MAX or not rest.startswith(target_and_body):
        raise NoTemplate("the journal cuts the body")
    pieces: list[tuple[bytes, Encode]] = [(before + opening, as_json)]
    pieces += [(part, quoted(encode)) for part, encode in target_pieces(path)]
    pieces.append((b'","', as_text))
    if body:
        pieces.append((body, quoted(body_encoding(media_type))))
    pieces.append((b'"]' + rest[len(target_and_body) :], as_json))
    return byte_template(pieces, {**names, **_STAMPS})
